"""A classic group on a table: members by short names, a clock, and what everybody was answered."""

from collections.abc import Callable
from typing import Any

from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import GroupRecord, Join, Joined, Protocol, Sync, Synced
from broker.coordinator.step import Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings

SESSION_MS, REBALANCE_MS = 10_000, 30_000
RANGE = (Protocol("range", b"r"),)


class Bench:
    """`told` has a line for each answer, in order; `records` what was to be kept."""

    def __init__(self, **settings: str) -> None:
        values = {name.replace("_", "."): value for name, value in settings.items()}
        self.settings = BrokerSettings.from_values(values)
        self.now_ms = 1_000
        self.told: list[str] = []
        self.records: list[GroupRecord] = []
        self.ids: dict[str, str] = {}  # short name -> member id
        self._made = 0
        self.group = self.new_group()

    def new_group(self) -> ClassicGroup:
        return ClassicGroup("g", self.settings, self._new_id)

    def _new_id(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}/{self._made}"

    def restart(self) -> None:
        """Only what was kept is there."""
        self.group = self.new_group()
        if self.records:
            self.group.replay(self.records[-1], now_ms=self.now_ms)

    def join(
        self,
        name: str,
        *,
        member_id: str | None = None,
        instance_id: str | None = None,
        protocols: tuple[Protocol, ...] = RANGE,
        protocol_type: str = "consumer",
        session_ms: int = SESSION_MS,
        rebalance_ms: int = REBALANCE_MS,
        needs_known_id: bool = False,
        may_skip: bool = True,
    ) -> None:
        known = self.ids.get(name, "") if member_id is None else member_id
        asked = Join(
            known,
            instance_id,
            name,
            "/host",
            session_ms,
            rebalance_ms,
            protocol_type,
            protocols,
            needs_known_id,
            may_skip,
        )
        self._do(f"{name} joins", lambda: self.group.join(asked, waiter=f"{name} joins", now_ms=self.now_ms))

    def sync(self, name: str, *, generation_id: int | None = None, **assignments: Any) -> None:
        """`assignments` (texts) by short names."""
        asked = Sync(
            self.ids.get(name, "nobody"),
            None,
            self.group.generation_id if generation_id is None else generation_id,
            None,
            None,
            {self.ids[each]: text.encode() for each, text in assignments.items()},
        )
        self._do(f"{name} syncs", lambda: self.group.sync(asked, waiter=f"{name} syncs", now_ms=self.now_ms))

    def heartbeat(self, name: str, *, generation_id: int | None = None) -> ErrorCode:
        generation = self.group.generation_id if generation_id is None else generation_id
        try:
            self.group.heartbeat(self.ids[name], None, generation, now_ms=self.now_ms)
        except KafkaError as error:
            return error.code
        return ErrorCode.NONE

    def leave(self, name: str, *, instance_id: str | None = None) -> None:
        member_id = "" if instance_id is not None else self.ids[name]
        self._do(f"{name} leaves", lambda: self.group.leave(member_id, instance_id, now_ms=self.now_ms))

    def may_commit(self, name: str, *, generation_id: int | None = None) -> ErrorCode:
        generation = self.group.generation_id if generation_id is None else generation_id
        try:
            self.group.check_commit(self.ids.get(name, ""), None, generation, now_ms=self.now_ms)
        except KafkaError as error:
            return error.code
        return ErrorCode.NONE

    def wait(self, milliseconds: int) -> None:
        """Time passes; what is due happens when it is."""
        end_ms = self.now_ms + milliseconds
        while (due_ms := self.group.next_deadline_ms) is not None and due_ms <= end_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.take(self.group.tick(self.now_ms))
        self.now_ms = end_ms

    def take(self, step: Step) -> None:
        for record in step.records:
            assert isinstance(record, GroupRecord)
            self.records.append(record)
        for waiter, answer in step.replies:
            name = str(waiter).split()[0]
            if isinstance(answer, Joined):
                self.ids[name] = answer.member_id
            self.told.append(f"{waiter}: {self._shown(answer)}")

    def _do(self, what: str, work: Callable[[], Step]) -> None:
        try:
            self.take(work())
        except KafkaError as error:
            self.told.append(f"{what}: {error.code.name}")

    def _shown(self, answer: object) -> str:
        if isinstance(answer, KafkaError):
            return answer.code.name
        if isinstance(answer, Synced):
            return f"has {answer.assignment.decode()!r}"
        assert isinstance(answer, Joined)
        if answer.error is not ErrorCode.NONE:
            return f"{answer.error.name} {answer.member_id}"
        names = {member_id: name for name, member_id in self.ids.items()}
        members = [names.get(member.member_id, member.member_id) for member in answer.members]
        leads = f", leads {' '.join(members)}" if members else ""
        skips = ", skips" if answer.skip_assignment else ""
        return f"generation {answer.generation_id} by {answer.protocol_name}{leads}{skips}"

    def state(self) -> str:
        return self.group.state

    def take_told(self) -> list[str]:
        """What was answered since this was last asked."""
        told, self.told = self.told, []
        return told

    def stable(self, *names: str) -> None:
        """These have joined, one after the other, and synced."""
        for name in names:
            self.join(name)
            for other in names[: names.index(name)]:
                self.join(other)
        leader = next(name for name in names if self.ids[name] == self.group.leader)
        for name in names:
            if name != leader:
                self.sync(name)
        parts: dict[str, Any] = {name: f"part of {name}" for name in names}
        self.sync(leader, **parts)
        assert self.group.state == "Stable"
        self.take_told()
