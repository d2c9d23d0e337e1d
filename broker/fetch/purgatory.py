"""A fetch that waits until there is enough to tell.

It ends when what came in since adds up to `min_bytes`, when its time is over, or when one of its
partitions can no longer be answered: deleted, led by another node, cut off beyond the fetch offset.
Nothing polls: each log tells of its advances, the clock of the deadline, the cluster of new leaders.
Only the partition that has advanced is looked at, and of it only what has been added.

Follows Kafka's DelayedFetch.

Differences from Apache Kafka: an unknown partition in a fetch ends its wait, as every other error
does; neither a segment that is rolled nor a fetch offset beyond the last stable offset does.
"""

from asyncio import Future, get_running_loop
from collections.abc import Sequence
from typing import TYPE_CHECKING

from broker.fetch.reading import (
    FetchTerms,
    PartitionRead,
    check_access,
    find,
    give_back,
    read_partitions,
    release_all,
)
from broker.log.engine import Isolation
from broker.protocol.errors import ErrorCode, KafkaError

if TYPE_CHECKING:
    from broker.clock import Clock
    from broker.fetch.hosted import HostedPartition
    from broker.fetch.sessions import PartitionFetch
    from broker.log.engine import PartitionLog
    from broker.log.steps import Steps


def read_when_enough(
    fetches: "Sequence[PartitionFetch]", terms: FetchTerms, clock: "Clock", *, max_wait_ms: int
) -> "Steps[list[PartitionRead]]":
    """Read them all: at once where that is enough, or else when it has become enough."""
    reads = yield from read_partitions(fetches, terms)
    if max_wait_ms <= 0 or is_enough(reads, terms.min_bytes):
        return reads
    release_all(reads)
    waiting = WaitingFetch(reads, terms, clock, deadline_ms=clock.monotonic_ms() + max_wait_ms)
    try:
        yield waiting.future
    finally:
        waiting.stop()
    stale = waiting.stale()
    fresh = yield from read_partitions([fetches[position] for position in stale], terms)
    for position, read in zip(stale, fresh, strict=True):
        reads[position] = read
    return reads


def is_enough(reads: Sequence[PartitionRead], min_bytes: int) -> bool:
    """Whether a fetcher is to be told this without waiting for more."""
    size_bytes = 0
    for read in reads:
        if read.error is not ErrorCode.NONE or read.diverging is not None:
            return True
        size_bytes += read.size_bytes
    return size_bytes >= min_bytes or not reads


class WaitingFetch:
    """`future` is done when the fetch is to be answered; `stop` must be called then, or when nobody waits.

    `reads` is what has been found so far, all of it without an error; those bytes count, too.
    """

    def __init__(
        self, reads: Sequence[PartitionRead], terms: FetchTerms, clock: "Clock", *, deadline_ms: int
    ) -> None:
        self.future: Future[None] = get_running_loop().create_future()
        self.terms = terms
        self.missing_bytes = terms.min_bytes - sum(read.size_bytes for read in reads)
        self._watched = [WatchedPartition(self, read) for read in reads]
        self._leader_changes = terms.topics.on_leader_change(self._leader_changed)
        self._timer = clock.call_at(deadline_ms, self.end)

    def add(self, size_bytes: int) -> None:
        """So many bytes more can be read."""
        self.missing_bytes -= size_bytes
        if self.missing_bytes <= 0:
            self.end()

    def end(self) -> None:
        """Have it answered."""
        if not self.future.done():
            self.future.set_result(None)

    def stale(self) -> list[int]:
        """The positions of the reads that have to be done again: there are records, or something happened.

        All others still hold: without records they take nothing of the fetch's limit.
        """
        return [position for position, watched in enumerate(self._watched) if watched.is_stale]

    def stop(self) -> None:
        """Let go of everything; nothing calls back any more."""
        self._timer.cancel()
        self._leader_changes.cancel()
        for watched in self._watched:
            watched.subscription.cancel()

    def _leader_changed(self, partition: "HostedPartition") -> None:
        for watched in self._watched:
            if watched.partition is partition:
                watched.is_stale = True
                self.end()


class WatchedPartition:
    """One partition of a waiting fetch, of which `[fetch offset, counted offset)` has been counted."""

    __slots__ = (
        "_counted_offset",
        "_fetch",
        "_left_bytes",
        "_log",
        "_waiting",
        "is_stale",
        "partition",
        "subscription",
    )

    def __init__(self, waiting: WaitingFetch, read: PartitionRead) -> None:
        assert read.partition is not None
        is_committed = waiting.terms.isolation is Isolation.READ_COMMITTED
        self.partition = read.partition
        self._waiting = waiting
        self._fetch = read.fetch
        self._log = read.partition.log
        end_offset = read.last_stable_offset if is_committed else read.high_watermark
        self._counted_offset = max(end_offset, read.fetch.asked.fetch_offset)
        self._left_bytes = read.fetch.asked.partition_max_bytes - read.size_bytes
        self.is_stale = end_offset > read.fetch.asked.fetch_offset
        self.subscription = self._log.on_advance(self.advanced)
        if self._visible_end() > self._counted_offset:  # it took time to read the other partitions
            self.advanced()

    def advanced(self) -> None:
        """The log has more records, or begins later, or is gone, or refuses to be read."""
        waiting = self._waiting
        self.is_stale = True
        if waiting.future.done():
            return
        try:
            self._check()
            end_offset = self._visible_end()
            if end_offset > self._counted_offset:
                waiting.add(self._added_bytes())
                self._counted_offset = end_offset
            else:  # only trying tells whether the log can still be read
                self._read(max_bytes=0)
        except KafkaError:  # reading tells the fetcher what it is
            waiting.end()

    def _check(self) -> None:
        """Whether the fetch can still be answered. Raises: KafkaError: it cannot."""
        partition, log = find(self._fetch, self._waiting.terms), self._log
        check_access(self._fetch, partition, self._waiting.terms)
        if partition.log is not log or self._fetch.asked.fetch_offset < log.log_start_offset:
            raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, "The log has lost the offset.")

    def _visible_end(self) -> int:
        log: PartitionLog = self._log
        is_committed = self._waiting.terms.isolation is Isolation.READ_COMMITTED
        return log.last_stable_offset if is_committed else log.high_watermark

    def _added_bytes(self) -> int:
        """Bytes from the counted offset on, as far as the fetch may have them."""
        missing_bytes = self._waiting.missing_bytes
        if missing_bytes <= 1 or self._left_bytes <= 0:
            return min(missing_bytes, max(self._left_bytes, 0))
        size_bytes = self._read(max_bytes=self._left_bytes)
        if size_bytes is None:  # what would have to be waited for is as good as enough
            return missing_bytes
        size_bytes = min(size_bytes, self._left_bytes)
        self._left_bytes -= size_bytes
        return size_bytes

    def _read(self, *, max_bytes: int) -> int | None:
        """How many bytes there are from the counted offset on; None: the log answers later."""
        read = self._log.read(
            offset=self._counted_offset,
            max_bytes=max_bytes,
            at_least_one_batch=max_bytes > 0,
            isolation=self._waiting.terms.isolation,
        )
        if isinstance(read, Future):
            read.add_done_callback(give_back)
            return None
        read.release()
        return read.size_bytes
