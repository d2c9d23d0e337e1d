"""What a connection needs of a network: the interface between a transport and the protocol.

asyncio's transports (plain and TLS) and the simulated network of the tests stand behind it.
"""

from typing import Protocol

from broker.log.engine import FileRange


class Wire(Protocol):
    """One connection's outgoing side, and the brakes of its incoming side."""

    @property
    def peer(self) -> tuple[str, int]:
        """The client's address."""

    @property
    def local(self) -> tuple[str, int]:
        """The address by which the client reached this broker."""

    @property
    def unsent_bytes(self) -> int:
        """How much has been given to `send` and not yet to the operating system."""

    def send(self, buffers: "list[bytes | bytearray | memoryview | FileRange]") -> None:
        """Send these, in order, after whatever was sent before.

        The buffers must stay unchanged until `WireReceiver.sent()` reports nothing unsent.
        """

    def pause_reading(self) -> None:
        """Let the operating system hold what arrives."""

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""

    def close(self) -> None:
        """Send what is left, then close."""

    def abort(self) -> None:
        """Close at once."""


class WireReceiver(Protocol):
    """A connection, as its transport sees it."""

    def get_buffer(self) -> memoryview:
        """Where the next bytes are to be put; never empty."""

    def received(self, count: int) -> None:
        """`count` bytes have been put into the last buffer handed out."""

    def sent(self) -> None:
        """Everything given to `send` has left, or has been copied."""

    def lost(self, reason: Exception | None) -> None:
        """The connection has ended; nothing more comes and nothing more can be sent."""
