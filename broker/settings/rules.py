"""What must hold between settings, beyond the limits of each, by Kafka's rules."""

from typing import Any

from broker.settings.declared import DeclaredSettings
from broker.settings.errors import InvalidSetting
from broker.settings.listeners import ADVERTISED, LISTENERS, PROTOCOL_MAP, advertised_listeners, listeners
from broker.settings.setting import Declarations

GROUP_KINDS = ("consumer", "share", "streams")
CONSUMER_ASSIGNORS = ("uniform", "range")
"""Kafka takes the names of Java classes, too; there are none here."""


def check_broker(settings: DeclaredSettings) -> None:
    """Raises: InvalidSetting."""
    refuse_if(settings.node_id != settings.broker_id, settings, "node.id", "must be the same as broker.id")
    refuse_if("broker" not in settings.process_roles, settings, "process.roles", "must contain broker")
    _check_log(settings)
    _check_network(settings)
    _check_quorum(settings)
    if any(name.startswith("group.") for name in settings.given):
        _check_groups(settings)


def _check_log(settings: DeclaredSettings) -> None:
    refuse_if(settings.roll_ms < 1, settings, "log.roll.ms", "must be at least 1")
    refuse_if(settings.roll_jitter_ms < 0, settings, "log.roll.jitter.ms", "must be at least 0")
    for name in ("log.retention.ms", "log.retention.minutes", "log.retention.hours"):
        refuse_if(settings.value_of(name) == 0, settings, name, "must be -1, or at least 1")
    refuse_if(
        settings.log_cleaner_min_compaction_lag_ms > settings.log_cleaner_max_compaction_lag_ms,
        settings,
        "log.cleaner.min.compaction.lag.ms",
        f"must be at most log.cleaner.max.compaction.lag.ms ({settings.log_cleaner_max_compaction_lag_ms})",
    )


def _check_network(settings: DeclaredSettings) -> None:
    refuse_if(
        0 < settings.queued_max_request_bytes < settings.socket_request_max_bytes,
        settings,
        "queued.max.request.bytes",
        f"must be at least socket.request.max.bytes ({settings.socket_request_max_bytes})",
    )
    refuse_if(
        settings.max_connections_per_ip == 0 and not settings.max_connections_per_ip_overrides,
        settings,
        "max.connections.per.ip",
        "may be 0 only beside max.connections.per.ip.overrides",
    )

    for pair in filter(None, settings.max_connections_per_ip_overrides.split(",")):
        host, _, limit = pair.rpartition(":")
        name = "max.connections.per.ip.overrides"
        refuse_if(
            not host.strip() or not limit.strip().isdecimal(), settings, name, "must be address:limit,..."
        )
    if settings.is_set(LISTENERS) or settings.is_set(ADVERTISED) or settings.is_set(PROTOCOL_MAP):
        listeners(settings)
        advertised_listeners(settings)


def _check_quorum(settings: DeclaredSettings) -> None:
    """The form alone: Kawa has no quorum."""
    for voter in settings.controller_quorum_voters:
        number, _, address = voter.partition("@")
        well_formed = number.isdecimal() and _is_address(address)
        refuse_if(not well_formed, settings, "controller.quorum.voters", "must be id@host:port,...")
    for server in settings.controller_quorum_bootstrap_servers:
        name = "controller.quorum.bootstrap.servers"
        refuse_if(not _is_address(server), settings, name, "must be host:port,...")


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and int(port) <= 65_535


def _check_groups(settings: DeclaredSettings) -> None:
    for kind in GROUP_KINDS:
        for what in ("heartbeat.interval.ms", "session.timeout.ms", "assignment.interval.ms"):
            check_bounds(settings, f"group.{kind}.{what}", f"group.{kind}.{what}", settings)
        check_timeouts(settings, f"group.{kind}.")
    standby = "group.streams.num.standby.replicas"
    check_bounds(settings, standby, standby, settings)
    for assignor in settings.group_consumer_assignors:
        is_unknown = assignor not in CONSUMER_ASSIGNORS
        refuse_if(is_unknown, settings, "group.consumer.assignors", "must be among uniform, range")
    assignors = settings.group_share_assignors
    refuse_if(len(assignors) != 1, settings, "group.share.assignors", "must name a single one")
    protocols = settings.group_coordinator_rebalance_protocols
    refuse_if(
        "classic" not in protocols, settings, "group.coordinator.rebalance.protocols", "must contain classic"
    )


def check_bounds(holder: Declarations, name: str, broker_name: str, broker: DeclaredSettings) -> None:
    """`group.consumer.x` lies between `group.consumer.min.x` and `group.consumer.max.x`."""
    _, kind, what = broker_name.split(".", 2)
    value = getattr(holder, holder.require(name).attribute)
    for bound, word in (("min", "at least"), ("max", "at most")):
        limit = broker.find(f"group.{kind}.{bound}.{what.removeprefix('num.')}")
        if limit is not None:
            most = broker.value_of(limit.name)
            beyond = value < most if bound == "min" else value > most
            refuse_if(beyond, holder, name, f"must be {word} {limit.name} ({most})")


def check_timeouts(holder: Declarations, prefix: str) -> None:
    """A heartbeat comes more than once in a session."""
    session, heartbeat = f"{prefix}session.timeout.ms", f"{prefix}heartbeat.interval.ms"
    interval = getattr(holder, holder.require(heartbeat).attribute)
    too_short = getattr(holder, holder.require(session).attribute) <= interval
    refuse_if(too_short, holder, session, f"must be more than {heartbeat} ({interval})")


def refuse_if(wrong: bool, settings: Declarations, name: str, allowed: str) -> None:
    """Raises: InvalidSetting: it is wrong."""
    if wrong:
        setting: Any = settings.require(name)
        raise InvalidSetting(name, setting.render(getattr(settings, setting.attribute)), allowed)
