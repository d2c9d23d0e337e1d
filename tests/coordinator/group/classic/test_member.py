"""A member is what it has said of itself, and what it was given."""

from broker.coordinator.group.classic.member import Member
from broker.coordinator.group.classic.messages import Join, Protocol

ASKED = Join(
    "", "i", "client", "/host", 1, 2, "consumer", (Protocol("a", b"1"), Protocol("b", b"2")), True, True
)


def test_it_is_stored_and_found_again() -> None:
    member = Member.joining("m", ASKED)
    member.assignment = b"part"
    assert Member(member.stored()).stored() == member.stored()


def test_it_tells_the_leader_what_is_for_the_chosen_protocol() -> None:
    member = Member.joining("m", ASKED)
    assert member.joined("b") == ("m", "i", b"2")
    assert member.metadata_for("unheard of") == b""


def test_what_it_told_is_shown_only_while_a_protocol_is_chosen() -> None:
    member = Member.joining("m", ASKED)
    member.assignment = b"part"
    assert member.described("a") == ("m", "i", "client", "/host", b"1", b"part")
    assert member.described(None) == ("m", "i", "client", "/host", b"", b"part")


def test_joining_again_changes_what_it_says_of_itself() -> None:
    member = Member.joining("m", ASKED)
    member.update(ASKED._replace(session_timeout_ms=7, rebalance_timeout_ms=8, protocols=()))
    assert (member.session_timeout_ms, member.rebalance_timeout_ms, member.protocols) == (7, 8, ())


def test_it_waits_while_a_request_of_it_is_not_answered() -> None:
    member = Member.joining("m", ASKED)
    assert not member.is_waiting
    member.sync_waiter = "x"
    assert member.is_waiting
