"""The physical limit: loops that do with the bytes what a broker must, and nothing else.

    python -m bench.bare receive FILE   read length-prefixed frames, write each to FILE, answer each
    python -m bench.bare send FILE      answer each frame with FILE's bytes, by sendfile
    python -m bench.bare echo           answer each small frame with as many bytes, on asyncio

Prints the port it listens on, and serves one connection after the other until it is killed.
"""

import asyncio
import os
import socket
import struct
import sys
from collections.abc import Callable

LENGTH = struct.Struct(">i")
ANSWER_BYTES = 64
BUFFER_BYTES = 1 << 20


def receive_into(connection: socket.socket, view: memoryview) -> bool:
    """Fill the view; False when the client has gone."""
    while view:
        count = connection.recv_into(view, 0, socket.MSG_WAITALL)
        if not count:
            return False
        view = view[count:]
    return True


def answer_of(correlation: bytes) -> bytes:
    return LENGTH.pack(ANSWER_BYTES) + correlation + bytes(ANSWER_BYTES - len(correlation))


def receive_and_write(connection: socket.socket, path: str) -> None:
    """Each frame's bytes go to the file at the next position, as a broker's log takes them."""
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    buffer = memoryview(bytearray(4 << 20))
    position = 0
    while receive_into(connection, buffer[:4]):
        (size,) = LENGTH.unpack_from(buffer)
        if not receive_into(connection, buffer[4 : 4 + size]):
            break
        position += os.pwrite(file, buffer[4 : 4 + size], position)
        connection.sendall(answer_of(bytes(buffer[8:12])))
    os.close(file)


def send_file(connection: socket.socket, path: str) -> None:
    """Each request is answered with a header and the next mebibyte of the file."""
    file = os.open(path, os.O_RDONLY)
    end = os.fstat(file).st_size
    buffer = memoryview(bytearray(1 << 16))
    position = 0
    while receive_into(connection, buffer[:4]):
        (size,) = LENGTH.unpack_from(buffer)
        if not receive_into(connection, buffer[4 : 4 + size]):
            break
        if position + BUFFER_BYTES > end:
            position = 0
        header = LENGTH.pack(ANSWER_BYTES + BUFFER_BYTES) + bytes(buffer[8:12]) + bytes(ANSWER_BYTES - 4)
        connection.sendall(header, socket.MSG_MORE)
        left = BUFFER_BYTES
        while left:
            sent = os.sendfile(connection.fileno(), file, position, left)
            position += sent
            left -= sent
    os.close(file)


def serve(each: Callable[[socket.socket, str], None], path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                try:
                    each(connection, path)
                except ConnectionError:
                    continue  # the client has what it wanted


class Echo(asyncio.Protocol):
    """The least that an asyncio server can do for a small request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def echo() -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    match sys.argv[1:]:
        case ["receive", path]:
            serve(receive_and_write, path)
        case ["send", path]:
            serve(send_file, path)
        case ["echo"]:
            asyncio.run(echo())
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
