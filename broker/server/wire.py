"""What a connection needs of a network: the interface between a transport and the protocol.

A plain socket, TLS and the simulated network of the tests stand behind it.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from broker.log.engine import FileRange


class BrokenRange(Exception):
    """A file range cannot be read, and a part of its frame has been sent already."""


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

    def start(self, receiver: "WireReceiver") -> None:
        """Let `receiver` have what comes."""

    def send(self, buffers: "list[bytes | bytearray | memoryview | FileRange]") -> None:
        """Send these, in order, after whatever was sent before.

        The buffers must stay unchanged until nothing is unsent. A range that cannot be read ends
        the connection, since the client cannot know what it would get in its place.
        """

    def pause_reading(self) -> None:
        """Let the operating system hold what arrives."""

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""

    def close(self) -> None:
        """Receive no more, send what is left, then close."""

    def abort(self) -> None:
        """Close at once."""


class WireReceiver(Protocol):
    """A connection, as its wire sees it. None of these is called from within `send` or `close`."""

    def get_buffer(self) -> memoryview:
        """Where the next bytes are to be put; never empty."""

    def received(self, count: int) -> None:
        """`count` bytes have been put into the last buffer handed out."""

    def sent(self) -> None:
        """Some of what had to wait has left: `unsent_bytes` is smaller."""

    def lost(self, reason: Exception | None) -> None:
        """The connection has ended; nothing more comes and nothing more can be sent.

        Called exactly once; None when either side closed it in good order.
        """
