"""A member takes over what it tells, and keeps what it does not repeat."""

from broker.coordinator.group.classic.messages import Protocol
from broker.coordinator.group.consumer.member import ClassicMembership, Member
from broker.coordinator.group.consumer.states import MemberState
from tests.coordinator.group.house import heartbeat_of

A = b"a" * 16
MEMBER = Member(
    "m",
    instance_id="one",
    rack_id="r",
    rebalance_timeout_ms=5,
    topic_names=frozenset({"a"}),
    topic_pattern="b.*",
    server_assignor="range",
    classic=ClassicMembership(10, (Protocol("range", b""),)),
    epoch=4,
    previous_epoch=3,
    assigned={A: {0: 2}},
    revoking={A: {1: 3}},
)


def test_what_it_does_not_tell_stays_but_it_speaks_the_consumer_protocol() -> None:
    asked = heartbeat_of("m", rebalance_timeout_ms=-1, topic_names=None)
    assert MEMBER.told(asked) == MEMBER._replace(client_id="client", client_host="/h", classic=None)


def test_what_it_tells_takes_the_place_of_what_was_known() -> None:
    told = MEMBER.told(
        heartbeat_of("m", topic_names=frozenset(), topic_pattern="", rack_id="s", server_assignor="uniform")
    )
    assert (told.topic_names, told.topic_pattern, told.rack_id, told.server_assignor) == (
        frozenset(),
        "",
        "s",
        "uniform",
    )
    assert not told.subscribes_like(MEMBER)


def test_a_static_member_that_is_away_keeps_what_it_owned_and_has_it_again_under_another_id() -> None:
    away = MEMBER.away()
    assert away.is_away
    assert (away.assigned, away.revoking) == ({A: {0: 0}}, {})
    back = away.under("n")
    assert (back.member_id, back.epoch, back.previous_epoch, back.instance_id) == ("n", 0, 0, "one")
    assert not back.is_away


def test_it_has_arrived_when_it_waits_for_nothing_in_the_newest_epoch() -> None:
    assert MEMBER.is_reconciled_to(4)
    assert not MEMBER.is_reconciled_to(5)
    assert not MEMBER._replace(state=MemberState.UNREVOKED_PARTITIONS).is_reconciled_to(4)


def test_it_is_known_since_when_it_owns_a_partition() -> None:
    assert [MEMBER.owns_since(A, partition) for partition in range(3)] == [2, 3, None]


def test_who_never_leads_is_told_its_own_first_choice() -> None:
    assert ClassicMembership(1, (Protocol("sticky", b""), Protocol("range", b""))).protocol_name == "sticky"
