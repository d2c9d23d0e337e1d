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

from broker.fetch.partitions import PartitionRead
from broker.fetch.reading import (
    FetchTerms,
    check_access,
    find,
    give_back,
    on_loan,
    read_partitions,
    release_all,
)
from broker.log.engine import Isolation
from broker.protocol.errors import ErrorCode, KafkaError

if TYPE_CHECKING:
    from broker.clock import Clock
    from broker.fetch.hosted import HostedPartition
    from broker.fetch.partitions import PartitionFetch
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
    offered = [0] * len(reads)
    for position, read in enumerate(reads):
        if has_records(read, terms.isolation):
            offered[position] = yield from offered_bytes(read, terms)
    if sum(offered) >= terms.min_bytes:
        return (yield from read_partitions(fetches, terms))
    deadline_ms = clock.monotonic_ms() + max_wait_ms
    waiting = WaitingFetch(reads, offered, terms, clock, deadline_ms=deadline_ms)
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


def offered_bytes(read: PartitionRead, terms: FetchTerms) -> "Steps[int]":
    """What a partition with records counts for: all it has, up to its limit.

    That can be more than was read: a batch that does not fit as a whole is left out, but nobody needs
    to wait for what is there. To see whether there is one, the log is asked for a batch beyond the limit.
    """
    assert read.partition is not None
    offset, limit_bytes = read.fetch.asked.fetch_offset, read.fetch.asked.partition_max_bytes
    log = read.partition.log
    try:
        found = log.read(
            offset=offset,
            max_bytes=max(limit_bytes, 0) + log.config.max_message_bytes,
            at_least_one_batch=True,
            isolation=terms.isolation,
        )
        if isinstance(found, Future):
            found = yield from on_loan(found)
    except KafkaError:  # reading it again tells the fetcher what it is
        return terms.min_bytes
    found.release()
    return min(found.size_bytes, limit_bytes)


def has_records(read: PartitionRead, isolation: Isolation) -> bool:
    """Whether there is anything to read, be it within the limits or not."""
    return visible_end(read, isolation) > read.fetch.asked.fetch_offset


def visible_end(offsets: "PartitionLog | PartitionRead", isolation: Isolation) -> int:
    """The offset up to which a fetcher sees records."""
    return offsets.last_stable_offset if isolation is Isolation.READ_COMMITTED else offsets.high_watermark


def readable_bytes(log: "PartitionLog", offset: int, isolation: Isolation, *, max_bytes: int) -> int | None:
    """Bytes of whole batches from `offset` on, at least of one (none if `max_bytes` is 0).

    None: the log answers later. Raises: KafkaError: it cannot be read.
    """
    read = log.read(offset=offset, max_bytes=max_bytes, at_least_one_batch=max_bytes > 0, isolation=isolation)
    if isinstance(read, Future):
        read.add_done_callback(give_back)
        return None
    read.release()
    return read.size_bytes


class WaitingFetch:
    """`future` is done when the fetch is to be answered; `stop` must be called then, or when nobody waits.

    `reads` is what has been found so far, all of it without an error, `offered` what each counts for.
    """

    def __init__(
        self,
        reads: Sequence[PartitionRead],
        offered: Sequence[int],
        terms: FetchTerms,
        clock: "Clock",
        *,
        deadline_ms: int,
    ) -> None:
        self.future: Future[None] = get_running_loop().create_future()
        self.terms = terms
        self.missing_bytes = terms.min_bytes - sum(offered)
        self._watched = [
            WatchedPartition(self, read, left_bytes=read.fetch.asked.partition_max_bytes - size_bytes)
            for read, size_bytes in zip(reads, offered, strict=True)
        ]
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
    """One partition of a waiting fetch, of which `[fetch offset, counted offset)` has been counted.

    `left_bytes` is what it can count for in addition. It is stale when it has to be read again.
    """

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

    def __init__(self, waiting: WaitingFetch, read: PartitionRead, *, left_bytes: int) -> None:
        assert read.partition is not None
        self.partition = read.partition
        self._waiting = waiting
        self._fetch = read.fetch
        self._log = read.partition.log
        end_offset = visible_end(read, waiting.terms.isolation)
        self._counted_offset = max(end_offset, read.fetch.asked.fetch_offset)
        self._left_bytes = left_bytes
        self.is_stale = has_records(read, waiting.terms.isolation)
        self.subscription = self._log.on_advance(self.advanced)
        # It may have taken time to read the other partitions.
        if visible_end(self._log, waiting.terms.isolation) > self._counted_offset:
            self.advanced()

    def advanced(self) -> None:
        """The log has more records, or begins later, or is gone, or refuses to be read."""
        waiting = self._waiting
        self.is_stale = True
        if waiting.future.done():
            return
        isolation = waiting.terms.isolation
        try:
            self._check()
            end_offset = visible_end(self._log, isolation)
            if end_offset > self._counted_offset:
                waiting.add(self._added_bytes())
                self._counted_offset = end_offset
            else:  # only trying tells whether the log can still be read
                readable_bytes(self._log, self._counted_offset, isolation, max_bytes=0)
        except KafkaError:  # reading tells the fetcher what it is
            waiting.end()

    def _check(self) -> None:
        """Whether the fetch can still be answered. Raises: KafkaError: it cannot."""
        partition, log = find(self._fetch, self._waiting.terms), self._log
        check_access(self._fetch, partition, self._waiting.terms)
        if partition.log is not log or self._fetch.asked.fetch_offset < log.log_start_offset:
            raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, "The log has lost the offset.")

    def _added_bytes(self) -> int:
        """Bytes from the counted offset on, as far as they count."""
        waiting = self._waiting
        if self._left_bytes <= 0:
            return 0
        if waiting.missing_bytes == 1:  # whatever it is, it is enough
            return 1
        size_bytes = readable_bytes(
            self._log, self._counted_offset, waiting.terms.isolation, max_bytes=self._left_bytes
        )
        if size_bytes is None:  # what would have to be waited for is as good as enough
            return waiting.missing_bytes
        size_bytes = min(size_bytes, self._left_bytes)
        self._left_bytes -= size_bytes
        return size_bytes
