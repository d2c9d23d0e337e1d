"""A group in memory: its machine, its offsets, its timer, and what of it is on its way into the store.

What a step changes is seen at once by the next; who is answered waits until the records are kept,
and so does whoever is answered after that. If they cannot be kept, the group is thrown away with all
who wait, and loaded again when it is next asked for.
"""

from asyncio import Future
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from broker.clock import Clock, Timer
from broker.coordinator.group.classic.messages import GroupRecord
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.migration import downgraded, must_downgrade
from broker.coordinator.group.documents import (
    RowChange,
    RowRemoved,
    classic_row,
    consumer_rows,
    empty_since_ms,
    read,
)
from broker.coordinator.group.machines import Machine, Machines, Record
from broker.coordinator.group.offsets import GroupOffsets, OffsetRemoved
from broker.coordinator.step import Reply, Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.state.errors import StateError
from broker.state.rows import OffsetRow
from broker.state.store import StateStore

OffsetRecord = OffsetRow | OffsetRemoved

EMPTY = "Empty"  # the state has the same name in both kinds of groups


class HostedGroup:
    """`machine` and `offsets` may be read at any time; they change by `run`, `become` and `keep_offsets`
    only."""

    def __init__(
        self,
        group_id: str,
        offsets: GroupOffsets,
        *,
        machines: Machines,
        clock: Clock,
        state: StateStore,
        discard: Callable[["HostedGroup"], None],
    ) -> None:
        """`discard` is called when it has to be forgotten: it could not be kept, or nobody has come."""
        self.group_id = group_id
        self.machine: Machine = machines.classic(group_id)
        self.offsets = offsets
        self.empty_since_ms: int | None = None
        """By the wall clock; None: it has members, never had any, or is a consumer group."""
        self.is_stored = False
        self._machines = machines
        self._clock = clock
        self._state = state
        self._discard = discard
        self._keeping: deque[list[Reply]] = deque()  # who is answered after each commit under way
        self._timer: Timer | None = None
        self._timer_ms = 0

    @property
    def is_empty(self) -> bool:
        """Whether nobody is in it; there may be offsets."""
        return self.machine.state == EMPTY

    def load(self) -> bool:
        """Take over what the store has; whether there is anything. Raises: StateError."""
        self._state.flush()  # what another has just changed of it may be on its way
        rows = self._state.groups.load(self.group_id)
        records = [read(row) for row in rows]
        self.machine = self._machines.of(self.group_id, records, now_ms=self._clock.monotonic_ms())
        if records and isinstance(records[0], GroupRecord):
            self.empty_since_ms = empty_since_ms(rows[0])
        for offset in self._state.groups.offsets(self.group_id):
            self.offsets.replay(offset)
        self.is_stored = bool(rows) or len(self.offsets) > 0
        self._arm()
        return self.is_stored

    def run(self, step: Step) -> None:
        """Keep what the machine's step wants to be kept, and answer then."""
        if step.records:
            self._keep(partial(self._write, self._changes(step.records)), step.replies)
            self._downgrade_if_due()
        elif step.replies:
            self.answer_when_kept(step.replies)
        self._arm()

    def become(self, machine: Machine, records: Sequence[Record]) -> None:
        """Go on by the other protocol, as these records of `machine` say. Who waits has to join again."""
        rejoin = KafkaError(ErrorCode.REBALANCE_IN_PROGRESS, f"{self.group_id} changes its protocol.")
        replies = self.machine.dissolve(rejoin).replies
        self.machine = machine
        self.empty_since_ms = None
        self._stop()
        self._keep(partial(self._rewrite, self._changes(records)), replies)
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

    def _downgrade_if_due(self) -> None:
        """A consumer group whose members all speak the classic protocol is a classic one from then on."""
        machine = self.machine
        if not isinstance(machine, ConsumerGroup) or not must_downgrade(machine):
            return
        is_behind = machine.ledger.group_epoch > machine.ledger.assignment_epoch
        record = downgraded(machine)
        now_ms = self._clock.monotonic_ms()
        classic = self._machines.classic(self.group_id)
        classic.replay(record, now_ms=now_ms)
        self.become(classic, [record])
        if is_behind:
            classic.rebalance(now_ms)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _changes(self, records: Iterable[Any]) -> list[RowChange]:
        """What they change in the store, each row once."""
        changes: dict[tuple[str, str], RowChange] = {}
        for record in records:
            rows = [self._classic_row(record)] if isinstance(record, GroupRecord) else consumer_rows(record)
            changes.update({(row.kind, row.key): row for row in rows})
        return list(changes.values())

    def _classic_row(self, record: GroupRecord) -> RowChange:
        self.empty_since_ms = None if record.members else self._clock.wall_ms()
        return classic_row(record, empty_since_ms=self.empty_since_ms)

    def _write(self, changes: Iterable[RowChange]) -> None:
        groups = self._state.groups
        for change in changes:
            if isinstance(change, RowRemoved):
                groups.remove(self.group_id, change.kind, change.key)
            else:
                groups.put(self.group_id, change)

    def _rewrite(self, changes: Iterable[RowChange]) -> None:
        self._state.groups.remove_documents(self.group_id)
        self._write(changes)

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
            self._stop()
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
