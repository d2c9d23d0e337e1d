"""The 17 configs of a group, each falling back to a setting of the broker or to a default."""

from collections.abc import Mapping
from typing import Any, Self

from broker.settings.broker import BrokerSettings
from broker.settings.setting import Boolean, Declarations, Int, String


class GroupConfig(Declarations):
    overrides: dict[str, str]
    """What was set for the group itself: names and texts."""

    consumer_assignment_interval_ms = Int(
        1000,
        "[0,...]",
        synonym="group.consumer.assignment.interval.ms",
        acts=True,
        doc="Time between two assignments of the group.",
    )
    consumer_heartbeat_interval_ms = Int(
        5000,
        "[1,...]",
        synonym="group.consumer.heartbeat.interval.ms",
        acts=True,
        doc="Heartbeat interval told to the members.",
    )
    consumer_session_timeout_ms = Int(
        45_000,
        "[1,...]",
        synonym="group.consumer.session.timeout.ms",
        acts=True,
        doc="A member that is silent for this long is out.",
    )
    share_assignment_interval_ms = Int(
        1000,
        "[0,...]",
        synonym="group.share.assignment.interval.ms",
        doc="Time between two assignments of the share group.",
    )
    share_auto_offset_reset = String(
        "latest",
        "[latest, earliest, by_duration:PnDTnHnMn.nS]",
        doc="Where a share group begins: latest, earliest, or by_duration: and how far back.",
    )
    share_delivery_count_limit = Int(
        5,
        "[2,...]",
        synonym="group.share.delivery.count.limit",
        doc="How often a record is delivered before it is given up.",
    )
    share_heartbeat_interval_ms = Int(
        5000,
        "[1,...]",
        synonym="group.share.heartbeat.interval.ms",
        doc="Heartbeat interval told to the share group's members.",
    )
    share_isolation_level = String(
        "read_uncommitted",
        "[read_committed, read_uncommitted]",
        doc="Whether records of open or aborted transactions are delivered.",
    )
    share_partition_max_record_locks = Int(
        2000,
        "[100,...]",
        synonym="group.share.partition.max.record.locks",
        doc="Records of a partition that may be reserved at a time.",
    )
    share_record_lock_duration_ms = Int(
        30_000,
        "[1000,...]",
        synonym="group.share.record.lock.duration.ms",
        doc="How long a record is reserved for the member that fetched it.",
    )
    share_renew_acknowledge_enable = Boolean(
        True, doc="Whether a member may ask for more time with a record."
    )
    share_session_timeout_ms = Int(
        45_000,
        "[1,...]",
        synonym="group.share.session.timeout.ms",
        doc="A member of the share group that is silent for this long is out.",
    )
    streams_assignment_interval_ms = Int(
        1000,
        "[0,...]",
        synonym="group.streams.assignment.interval.ms",
        doc="Time between two assignments of the streams group.",
    )
    streams_heartbeat_interval_ms = Int(
        5000,
        "[1,...]",
        synonym="group.streams.heartbeat.interval.ms",
        doc="Heartbeat interval told to the streams group's members.",
    )
    streams_initial_rebalance_delay_ms = Int(
        3000,
        "[0,...]",
        synonym="group.streams.initial.rebalance.delay.ms",
        doc="How long the first members of a new streams group wait for others to join.",
    )
    streams_num_standby_replicas = Int(
        0, "[0,...]", synonym="group.streams.num.standby.replicas", doc="Warm copies of each task's state."
    )
    streams_session_timeout_ms = Int(
        45_000,
        "[1,...]",
        synonym="group.streams.session.timeout.ms",
        doc="A member of the streams group that is silent for this long is out.",
    )

    def __init__(self, overrides: Mapping[str, str], fallback: Mapping[str, Any]) -> None:
        """Raises: InvalidSetting."""
        values = self.__dict__
        values.update(fallback)
        self.overrides = dict(overrides)
        for name, text in overrides.items():
            setting = self.require(name, text)
            values[setting.attribute] = setting.parse(text)

    @classmethod
    def effective(cls, overrides: Mapping[str, str], broker: BrokerSettings) -> Self:
        """What holds for a group with these overrides on this broker.

        Raises: InvalidSetting: an unknown name, a value of the wrong type or outside of its limits.
        """
        config = cls(overrides, group_fallback(broker))
        config._check(broker)
        return config

    def _check(self, broker: BrokerSettings) -> None:
        """A group may set only what the broker's limits for groups allow."""
        from broker.settings.rules import GROUP_KINDS, check_bounds, check_timeouts

        for name in self.overrides:
            check_bounds(self, name, f"group.{name}", broker)
        for kind in GROUP_KINDS:
            check_timeouts(self, f"{kind}.")


def group_fallback(broker: BrokerSettings) -> dict[str, Any]:
    """What a group without overrides has, where the broker has a say; attribute names and values."""
    return {
        setting.attribute: broker.value_of(setting.synonym)
        for setting in GroupConfig.all_settings()
        if setting.synonym is not None
    }
