"""Kafka's frames out of a stream of bytes: an i32 that counts the bytes that follow it."""

from struct import Struct

_SIZE = Struct(">i")


class Frames:
    """Collects what arrives, in whatever pieces, until frames are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes, without their sizes."""
        self._buffer += data
        found = []
        position = 0
        while len(self._buffer) - position >= _SIZE.size:
            end = position + _SIZE.size + _SIZE.unpack_from(self._buffer, position)[0]
            if end > len(self._buffer):
                break
            found.append(bytes(self._buffer[position + _SIZE.size : end]))
            position = end
        del self._buffer[:position]
        return found


def framed(frame: bytes) -> bytes:
    """The frame with its size before it."""
    return _SIZE.pack(len(frame)) + frame
