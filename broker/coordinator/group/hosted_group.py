"""A group in memory: its machine, its offsets, its timer, and what of it is on its way into the store.

What a step changes is seen at once by the next; who is answered waits until the records are kept,
and so does whoever is answered after that. If they cannot be kept, the group is thrown away with all
who wait, and loaded again when it is next asked for.
"""

from asyncio import Future
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from broker.clock import Clock, Timer
from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import GroupRecord
from broker.coordinator.group.documents import from_row, to_row
from broker.coordinator.group.offsets import GroupOffsets, OffsetRemoved
from broker.coordinator.step import Reply, Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.state.errors import StateError
from broker.state.rows import OffsetRow
from broker.state.store import StateStore

OffsetRecord = OffsetRow | OffsetRemoved


class HostedGroup:
    """`machine` and `offsets` may be read at any time; they change by `run` and `keep_offsets` only."""

    def __init__(
        self,
        machine: ClassicGroup,
        offsets: GroupOffsets,
        *,
        clock: Clock,
        state: StateStore,
        discard: Callable[["HostedGroup"], None],
    ) -> None:
        """`discard` is called when it has to be forgotten: it could not be kept, or nobody has come."""
        self.group_id = machine.group_id
        self.machine = machine
        self.offsets = offsets
        self.empty_since_ms: int | None = None
        """By the wall clock; None: it has members, or never had any."""
        self.is_stored = False
        self._clock = clock
        self._state = state
        self._discard = discard
        self._keeping: deque[list[Reply]] = deque()  # who is answered after each commit under way
        self._timer: Timer | None = None
        self._timer_ms = 0

    def load(self) -> bool:
        """Take over what the store has; whether there is anything. Raises: StateError."""
        self._state.flush()  # what another has just changed of it may be on its way
        rows = self._state.groups.load(self.group_id)
        for row in rows:
            record, self.empty_since_ms = from_row(row)
            self.machine.replay(record, now_ms=self._clock.monotonic_ms())
        for offset in self._state.groups.offsets(self.group_id):
            self.offsets.replay(offset)
        self.is_stored = bool(rows) or len(self.offsets) > 0
        self._arm()
        return self.is_stored

    def run(self, step: Step) -> None:
        """Keep what the machine's step wants to be kept, and answer then."""
        if step.records:
            record: Any = step.records[-1]  # each is the whole group
            self._keep(partial(self._put, record, self._note_members(record)), step.replies)
        elif step.replies:
            self.answer_when_kept(step.replies)
        self._arm()

    def keep_offsets(self, records: Sequence[OffsetRecord], reply: Reply) -> None:
        """Change the offsets, keep that, and answer then."""
        for record in records:
            self.offsets.replay(record)
        if records:
            self._keep(partial(self._put_offsets, records), (reply,))
        else:
            self.answer_when_kept((reply,))

    def remove(self, reply: Reply) -> None:
        """The group is no more, with its offsets."""
        self._stop()
        self._keep(partial(self._state.groups.remove_all, self.group_id), (reply,))

    def answer_when_kept(self, replies: Sequence[Reply]) -> None:
        """Answer when all that has been changed until now is kept."""
        if self._keeping:
            self._keeping[-1] += replies
        else:
            answer(replies)

    def let_go(self, error: KafkaError) -> None:
        """It is hosted elsewhere from now on."""
        self._stop()
        answer(self.machine.dissolve(error).replies)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _note_members(self, record: GroupRecord) -> int | None:
        if record.members:
            self.empty_since_ms = None
        else:
            self.empty_since_ms = self._clock.wall_ms()
        return self.empty_since_ms

    def _put(self, record: GroupRecord, empty_since_ms: int | None) -> None:
        self._state.groups.put(self.group_id, to_row(record, empty_since_ms=empty_since_ms))

    def _put_offsets(self, records: Sequence[OffsetRecord]) -> None:
        groups, group_id = self._state.groups, self.group_id
        for record in records:
            if isinstance(record, OffsetRow):
                groups.put_offset(group_id, record)
            else:
                groups.remove_offset(group_id, record.topic, record.partition)

    def _keep(self, write: Callable[[], None], replies: Sequence[Reply]) -> None:
        self.is_stored = True
        self._keeping.append(list(replies))
        self._state.enqueue_call(write, self._was_kept)

    def _was_kept(self, error: StateError | None) -> None:
        """Commits are kept in the order in which they were asked for."""
        replies = self._keeping.popleft()
        if error is None:
            answer(replies)
            return
        lost = KafkaError(ErrorCode.NOT_COORDINATOR, f"{self.group_id} could not be kept: {error}")
        answer([Reply(reply.waiter, lost) for reply in replies])
        self._discard(self)

    def _arm(self) -> None:
        """One timer, for the earliest deadline."""
        due_ms = self.machine.next_deadline_ms
        if self._timer is not None:
            if due_ms is not None and self._timer_ms <= due_ms:
                return  # it looks again then
            self._timer.cancel()
            self._timer = None
        if due_ms is not None:
            self._timer_ms = due_ms
            self._timer = self._clock.call_at(due_ms, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.run(self.machine.tick(self._clock.monotonic_ms()))
        if self.machine.is_unused and not self.is_stored:
            self._discard(self)


def answer(replies: Sequence[Reply]) -> None:
    """Waiters are futures; who has gone away is passed over."""
    for waiter, value in replies:
        assert isinstance(waiter, Future)
        if waiter.done():
            continue
        if isinstance(value, KafkaError):
            waiter.set_exception(value)
            waiter.exception()  # who has asked may have gone: then nobody has to look at it
        else:
            waiter.set_result(value)
