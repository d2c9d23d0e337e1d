"""Who may connect, and who has been silent for too long."""

import pytest

from broker.server.limits import SWEEPS, ConnectionQuotas, IdleWatch, parse_overrides
from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from tests.fakes.clock import VirtualClock

IDLE_MS = 1000
STEP_MS = IDLE_MS // SWEEPS


def quotas(**values: str) -> ConnectionQuotas:
    return ConnectionQuotas(
        BrokerSettings.from_values({name.replace("_", "."): value for name, value in values.items()})
    )


def test_each_address_has_its_limit() -> None:
    counts = quotas(max_connections_per_ip="2")
    assert [counts.admit(host) for host in ("a", "a", "a", "b")] == [True, True, False, True]


def test_a_place_is_free_again_when_one_leaves() -> None:
    counts = quotas(max_connections_per_ip="1")
    counts.admit("a")
    counts.leave("a")
    assert counts.admit("a")
    assert counts.count == 1


def test_an_override_replaces_the_limit_of_one_address() -> None:
    counts = quotas(max_connections_per_ip="1", max_connections_per_ip_overrides="10.0.0.1: 2, ::1:0")
    assert [counts.admit("10.0.0.1") for _ in range(3)] == [True, True, False]
    assert not counts.admit("::1")
    assert counts.limit_of("10.0.0.2") == 1


def test_a_name_in_an_override_stands_for_its_addresses() -> None:
    assert parse_overrides("localhost:7")["127.0.0.1"] == 7


@pytest.mark.parametrize("text", ["a", "a:", ":5", "a:-1", "a:b", "a:1, ,b:2"])
def test_an_override_that_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting):
        quotas(max_connections_per_ip_overrides=text)


def test_the_node_is_full_at_max_connections() -> None:
    counts = quotas(max_connections="2")
    counts.admit("a")
    assert not counts.is_full
    counts.admit("b")
    assert counts.is_full


@pytest.mark.parametrize(
    ("descriptors", "brokers", "connections"),
    [(256, "1", 128), (256, "2", 64), (1024, "1", 704), (40, "1", 1)],
)
def test_the_node_is_full_while_the_log_still_has_descriptors(
    descriptors: int, brokers: str, connections: int
) -> None:
    settings = BrokerSettings.from_values({"kawa.brokers": brokers})
    counts = ConnectionQuotas(settings, descriptors=descriptors)
    while not counts.is_full:
        counts.admit("a")
    assert counts.count == connections


def test_where_descriptors_are_not_limited_nor_are_connections() -> None:
    counts = ConnectionQuotas(BrokerSettings.from_values({}), descriptors=-1)
    for _ in range(10_000):
        counts.admit("a")
    assert not counts.is_full


def test_limits_follow_the_settings_as_they_change() -> None:
    settings = BrokerSettings.from_values({"max.connections.per.ip": "1"})
    counts = ConnectionQuotas(settings)
    counts.admit("a")
    settings.set_dynamic(default={"max.connections.per.ip.overrides": "a:2"}, broker={})
    assert counts.admit("a")


def test_a_change_that_cannot_be_read_leaves_the_limits_as_they_were() -> None:
    settings = BrokerSettings.from_values({"max.connections.per.ip.overrides": "a:5"})
    counts = ConnectionQuotas(settings)
    with pytest.raises(InvalidSetting):
        settings.set_dynamic(default={"max.connections.per.ip.overrides": "nonsense"}, broker={})
    assert counts.limit_of("a") == 5


class Sleeper:
    """A connection that does nothing."""

    def __init__(self, watch: IdleWatch) -> None:
        self.last_active = -100
        self.is_waited_for = False
        self.was_closed = False
        self._watch = watch
        watch.watch(self)

    def idled_out(self) -> None:
        self.was_closed = True
        self._watch.forget(self)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def watch(clock: VirtualClock) -> IdleWatch:
    return IdleWatch(idle_ms=IDLE_MS, clock=clock)


def test_a_silent_connection_is_closed_at_most_a_tenth_too_late(
    watch: IdleWatch, clock: VirtualClock
) -> None:
    sleeper = Sleeper(watch)
    clock.advance(IDLE_MS)
    assert not sleeper.was_closed
    clock.advance(STEP_MS)
    assert sleeper.was_closed


def test_one_that_moves_stays(watch: IdleWatch, clock: VirtualClock) -> None:
    sleeper = Sleeper(watch)
    for _ in range(5):
        clock.advance(IDLE_MS - STEP_MS)
        sleeper.last_active = watch.tick
    assert not sleeper.was_closed


def test_one_that_waits_for_the_broker_stays_and_is_idle_only_after_that(
    watch: IdleWatch, clock: VirtualClock
) -> None:
    sleeper = Sleeper(watch)
    sleeper.is_waited_for = True
    clock.advance(5 * IDLE_MS)
    assert not sleeper.was_closed
    sleeper.is_waited_for = False
    clock.advance(2 * IDLE_MS)
    assert sleeper.was_closed


def test_no_timer_runs_while_nobody_is_connected(watch: IdleWatch, clock: VirtualClock) -> None:
    assert clock.next_timer_ms() is None
    sleeper = Sleeper(watch)
    assert clock.next_timer_ms() is not None
    watch.forget(sleeper)
    assert clock.next_timer_ms() is None


def test_a_negative_time_closes_nobody(clock: VirtualClock) -> None:
    sleeper = Sleeper(IdleWatch(idle_ms=-1, clock=clock))
    clock.advance(1_000_000_000)
    assert not sleeper.was_closed
