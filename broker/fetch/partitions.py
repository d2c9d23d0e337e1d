"""One partition of a fetch: what is asked of it, and what was found there."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from broker.log.engine import AbortedTransaction, EpochEndOffset
from broker.protocol.errors import ErrorCode

if TYPE_CHECKING:
    from broker.fetch.hosted import HostedPartition
    from broker.log.engine import FileRange
    from broker.protocol.messages.fetch import FetchPartition


class PartitionRead(NamedTuple):
    """What was found in one partition; the chunks are on loan until `release()`."""

    fetch: "PartitionFetch"
    error: ErrorCode = ErrorCode.NONE
    partition: "HostedPartition | None" = None
    high_watermark: int = -1
    last_stable_offset: int = -1
    log_start_offset: int = -1
    aborted_transactions: list[AbortedTransaction] | None = None
    chunks: "Sequence[memoryview | FileRange]" = ()
    size_bytes: int = 0
    release: Callable[[], None] | None = None
    diverging: EpochEndOffset | None = None


class PartitionFetch:
    """One partition of a fetch: what is asked and, in a session, what the fetcher was told last.

    `topic` is the name; with topic ids it is filled in when the id is looked up (None: not yet known),
    and remembered in the session, as the id may be gone by the next fetch.
    """

    __slots__ = ("asked", "high_watermark", "log_start_offset", "topic", "topic_id")

    def __init__(self, topic: str | None, topic_id: bytes, asked: "FetchPartition") -> None:
        self.topic = topic
        self.topic_id = topic_id
        self.asked = asked
        self.high_watermark = -1
        self.log_start_offset = -1

    def told(self, read: "PartitionRead") -> bool:
        """Remember what the fetcher is told; whether there is anything it does not know already."""
        has_news = (
            read.size_bytes > 0
            or self.high_watermark != read.high_watermark
            or self.log_start_offset != read.log_start_offset
            or read.error is not ErrorCode.NONE
            or read.diverging is not None
        )
        # After an error the partition is told again as soon as the error is gone.
        self.high_watermark = read.high_watermark if read.error is ErrorCode.NONE else -1
        self.log_start_offset = read.log_start_offset
        return has_news
