"""Appends that wait for the disk: `kawa.durability=fsync`, and a topic's `flush.messages` and `flush.ms`.

An acknowledgement that waits is a future. All that came up while one round of syncs was under way is
done in the next one, so that however many producers wait, each file is synced once a round.

After a failed sync nobody knows what the disk holds, and the operating system tells it only once: the
log takes no more appends until it is opened anew, and those that were waiting have failed, whatever a
later sync says. A failed sync of a segment that was closed counts, too.

Follows Kafka's UnifiedLog.flush, which makes the appending thread wait; here only the answer does.
"""

import os
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable, Iterable
from errno import ENOENT
from typing import NamedTuple

from broker.clock import Clock, Timer
from broker.log.engine import Appended
from broker.log.files import Files
from broker.log.partition_storage import PartitionStorage
from broker.protocol.errors import KafkaError
from broker.settings.topic import TopicConfig

NEVER = 2**63 - 1  # of flush.messages and flush.ms


class Waiting(NamedTuple):
    """An append that has been written; without `future` nobody waits for the sync."""

    storage: PartitionStorage
    future: "Future[Appended] | None"
    appended: Appended | None


class Flushing:
    """The flushes of one data directory."""

    def __init__(
        self, files: Files, clock: Clock, *, always: bool, in_background: Callable[[Callable[[], None]], None]
    ) -> None:
        self._files = files
        self._clock = clock
        self._always = always
        self._in_background = in_background
        self._waiting: list[Waiting] = []
        self._is_under_way = False
        self._unflushed: dict[PartitionStorage, int] = {}  # records since the last sync, if that matters
        self._timers: dict[PartitionStorage, Timer] = {}

    def is_wanted_by(self, config: TopicConfig) -> bool:
        """Whether appends have to pass here."""
        return self._always or config.flush_messages < NEVER or config.flush_ms < NEVER

    def after(
        self, storage: PartitionStorage, config: TopicConfig, appended: Appended
    ) -> "Appended | Future[Appended]":
        """What to answer for a batch that has just been written."""
        if self._always or self._is_full(storage, config, appended):
            return self._synced(storage, appended)
        if config.flush_ms < NEVER and storage not in self._timers:
            due_ms = self._clock.monotonic_ms() + config.flush_ms
            self._timers[storage] = self._clock.call_at(due_ms, lambda: self._add(storage, None, None))
        return appended

    def after_retry(
        self, storage: PartitionStorage, config: TopicConfig, appended: Appended
    ) -> "Appended | Future[Appended]":
        """What to answer for a batch that was written before; its sync may still be under way."""
        has_to_wait = self._always or config.flush_messages < NEVER
        return self._synced(storage, appended) if has_to_wait else appended

    def forget(self, storage: PartitionStorage) -> None:
        """The log is closed or gone."""
        self._unflushed.pop(storage, None)
        timer = self._timers.pop(storage, None)
        if timer is not None:
            timer.cancel()

    def _is_full(self, storage: PartitionStorage, config: TopicConfig, appended: Appended) -> bool:
        if config.flush_messages == NEVER:
            return False
        count = self._unflushed.get(storage, 0) + appended.last_offset - appended.base_offset + 1
        is_full = count >= config.flush_messages
        self._unflushed[storage] = 0 if is_full else count
        return is_full

    def _synced(self, storage: PartitionStorage, appended: Appended) -> "Future[Appended]":
        future: Future[Appended] = get_running_loop().create_future()
        self._add(storage, future, appended)
        return future

    def _add(
        self, storage: PartitionStorage, future: "Future[Appended] | None", appended: Appended | None
    ) -> None:
        timer = self._timers.pop(storage, None)
        if timer is not None:
            timer.cancel()
        self._waiting.append(Waiting(storage, future, appended))
        if not self._is_under_way:
            self._is_under_way = True
            loop = get_running_loop()
            loop.call_soon(self._begin, loop)  # once for all appends of this iteration

    def _begin(self, loop: AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        logs = {waiting.storage: waiting.storage.unsynced_logs() for waiting in batch}

        def work() -> None:
            failures: dict[PartitionStorage, OSError] = {}
            missing: dict[PartitionStorage, list[str]] = {}
            for storage, paths in logs.items():
                try:
                    missing[storage] = self._sync(storage, paths)
                except OSError as error:
                    failures[storage] = error
            loop.call_soon_threadsafe(self._end, loop, batch, failures, missing)

        self._in_background(work)

    def _sync(self, storage: PartitionStorage, paths: list[str]) -> list[str]:
        """A flush reaches back to what is known to be safe: without what is before it a record is lost.

        The files that are not there.
        """
        missing = []
        newest = paths[-1] if paths else ""
        is_linked = storage.newest_linked == newest
        # A synced file is no use in a directory that has lost its name.
        for path in paths if is_linked else [*paths, *storage.linking_paths()]:
            try:
                self._files.sync(path)
            except FileNotFoundError:
                missing.append(path)
        storage.newest_linked = newest
        return missing

    def _end(
        self,
        loop: AbstractEventLoop,
        batch: Iterable[Waiting],
        failures: dict[PartitionStorage, OSError],
        missing: dict[PartitionStorage, list[str]],
    ) -> None:
        for storage, paths in missing.items():
            # What was deleted meanwhile takes the record with it; what somebody else removed loses it.
            removed = storage.logs_in_use & set(paths)
            if removed:
                failures[storage] = FileNotFoundError(ENOENT, os.strerror(ENOENT), min(removed))
        lost: dict[PartitionStorage, KafkaError] = {}
        for storage, future, appended in batch:
            error = failures.get(storage) or storage.sync_failure
            if error is not None and storage not in lost:
                lost[storage] = storage.sync_failed(error)
            if future is None or future.done():
                continue
            if error is not None:
                future.set_exception(lost[storage])
            elif appended is not None:
                future.set_result(appended)
        self._is_under_way = bool(self._waiting)
        if self._is_under_way:
            self._begin(loop)
