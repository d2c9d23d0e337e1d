"""What a handler may return beside a bare response: something to release, or bytes already encoded."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from broker.log.engine import FileRange


class Answer(NamedTuple):
    """A response whose chunks are on loan.

    The server calls `release` exactly once: when the bytes have left, or the connection has died.
    """

    response: object
    release: Callable[[], None] | None = None


class Encoded(NamedTuple):
    """A response's body, already encoded for the version that was asked for."""

    buffers: "list[bytes | bytearray | memoryview | FileRange]"
    release: Callable[[], None] | None = None
