"""Who may connect, and who has been silent for too long.

`max.connections`, `max.connections.per.ip`, `max.connections.per.ip.overrides`,
`connections.max.idle.ms`; one instance of each class for all listeners of a node.
"""

import os
import socket
from typing import Protocol

from broker.clock import Clock, Timer
from broker.log.open_files import share_of
from broker.settings.broker import BrokerSettings

SWEEPS = 10  # in the time a connection may be idle, so that it is closed at most a tenth too late
OTHER_DESCRIPTORS = 64  # the state's, those of files in passing and of modules that are imported late
ANY_NUMBER = 2**31 - 1


class ConnectionQuotas:
    """Counts connections. At `max.connections` new ones wait, unaccepted, as with Kafka; above an
    address's own limit they are closed. The settings are asked each time, since they may change.

    They wait also where a connection would take a descriptor that the log's files need: without it
    somebody else's records could not be written.
    """

    def __init__(self, settings: BrokerSettings, *, descriptors: int | None = None) -> None:
        """`descriptors`: how many the process may have, -1 any number; None: what the system says."""
        self._settings = settings
        self._that_fit = _that_fit(os.sysconf("SC_OPEN_MAX") if descriptors is None else descriptors)
        self._overrides_text = settings.max_connections_per_ip_overrides
        self._overrides = parse_overrides(self._overrides_text)
        self._by_ip: dict[str, int] = {}
        self.count = 0

    @property
    def is_full(self) -> bool:
        settings = self._settings
        return self.count >= min(settings.max_connections, max(self._that_fit // settings.kawa_brokers, 1))

    def limit_of(self, host: str) -> int:
        text = self._settings.max_connections_per_ip_overrides
        if text != self._overrides_text:
            self._overrides_text = text
            self._overrides = parse_overrides(text)
        return self._overrides.get(host, self._settings.max_connections_per_ip)

    def admit(self, host: str) -> bool:
        """Count one more from `host`, or refuse it."""
        count = self._by_ip.get(host, 0)
        if count >= self.limit_of(host):
            return False
        self._by_ip[host] = count + 1
        self.count += 1
        return True

    def leave(self, host: str) -> None:
        """One that was admitted has gone."""
        self.count -= 1
        left = self._by_ip[host] - 1
        if left:
            self._by_ip[host] = left
        else:
            del self._by_ip[host]


def _that_fit(descriptors: int) -> int:
    """How many connections leave enough descriptors to the rest of the process."""
    if descriptors < 0:
        return ANY_NUMBER
    return descriptors - share_of(descriptors) - OTHER_DESCRIPTORS


def parse_overrides(text: str) -> dict[str, int]:
    """`"hostName:100,127.0.0.1:200"`, whose form the settings have checked, as limits of addresses."""
    limits: dict[str, int] = {}
    for entry in filter(None, text.split(",")):
        host, _, limit = entry.rpartition(":")
        limits.update(dict.fromkeys(_addresses(host.strip().strip("[]")), int(limit)))
    return limits


class Sleeper(Protocol):
    """A connection, as seen by whoever watches over idle ones."""

    last_active: int
    """The watch's `tick` when something last moved."""

    @property
    def is_waited_for(self) -> bool:
        """It is silent because the broker has yet to answer."""

    def idled_out(self) -> None:
        """Nothing has moved for `connections.max.idle.ms`."""


class IdleWatch:
    """Closes silent connections with one timer for all of them, which runs while there are any.

    A connection that moves notes the current `tick`, which costs it one assignment.
    """

    def __init__(self, *, idle_ms: int, clock: Clock) -> None:
        self.tick = 0
        self._step_ms = max(1, idle_ms // SWEEPS) if idle_ms >= 0 else 0
        self._clock = clock
        self._sleepers: dict[Sleeper, None] = {}
        self._timer: Timer | None = None

    def watch(self, sleeper: Sleeper) -> None:
        sleeper.last_active = self.tick
        self._sleepers[sleeper] = None
        if self._timer is None and self._step_ms:
            self._arrange()

    def forget(self, sleeper: Sleeper) -> None:
        self._sleepers.pop(sleeper, None)
        if not self._sleepers and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arrange(self) -> None:
        self._timer = self._clock.call_at(self._clock.monotonic_ms() + self._step_ms, self._sweep)

    def _sweep(self) -> None:
        self.tick += 1
        self._arrange()
        for sleeper in [s for s in self._sleepers if self.tick - s.last_active > SWEEPS]:
            if sleeper.is_waited_for:
                sleeper.last_active = self.tick
            else:
                sleeper.idled_out()


def _addresses(host: str) -> set[str]:
    """The addresses of a host name; an address is its own."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return {host}
