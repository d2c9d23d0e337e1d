"""Offsets are forgotten when their time is up, and groups when nothing is left of them.

Follows Kafka's cleanupExpiredOffsets.
"""

from asyncio import get_running_loop

from broker.clock import Clock, Timer
from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.states import State
from broker.coordinator.group.hosted_group import HostedGroup
from broker.coordinator.group.hosted_groups import HostedGroups
from broker.coordinator.step import Reply
from broker.logger import Logger
from broker.settings.broker import BrokerSettings

GROUPS_A_TURN = 20  # looked at before others have their turn


class OffsetRetention:
    """Looks every `offsets.retention.check.interval.ms`, from the beginning."""

    def __init__(
        self, groups: HostedGroups, settings: BrokerSettings, *, clock: Clock, logger: Logger
    ) -> None:
        self._groups = groups
        self._settings = settings
        self._clock = clock
        self._logger = logger
        self._timer = self._look_later()

    def close(self) -> None:
        self._timer.cancel()

    def _look_later(self) -> Timer:
        due_ms = self._clock.monotonic_ms() + self._settings.offsets_retention_check_interval_ms
        return self._clock.call_at(due_ms, self._look)

    def _look(self) -> None:
        self._look_at(self._groups.stored_ids())
        self._timer = self._look_later()

    def _look_at(self, group_ids: list[str]) -> None:
        for group_id in group_ids[:GROUPS_A_TURN]:
            if self._groups.is_mine(group_id):
                with self._groups.in_passing(group_id) as group:
                    if group is not None:
                        self._forget_expired(group)
        rest = group_ids[GROUPS_A_TURN:]
        if rest:
            get_running_loop().call_soon(self._look_at, rest)

    def _forget_expired(self, group: HostedGroup) -> None:
        machine = group.machine
        if isinstance(machine, ClassicGroup) and machine.state not in {State.EMPTY, State.STABLE}:
            return
        records = group.offsets.expired(
            wall_ms=self._clock.wall_ms(),
            retention_ms=self._settings.offsets_retention_minutes * 60_000,
            empty_since_ms=group.empty_since_ms,
            is_in_use=machine.needs_offsets_of,
        )
        if group.is_empty and len(records) == len(group.offsets):
            self._logger.info("group is forgotten: its offsets have expired", group=group.group_id)
            self._groups.remove(group, to_nobody())
        elif records:
            group.keep_offsets(records, to_nobody())


def to_nobody() -> Reply:
    return Reply(get_running_loop().create_future(), None)
