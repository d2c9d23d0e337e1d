"""Groups to try the assignors with, and what must be true of every assignment."""

from collections.abc import Mapping

from hypothesis import strategies as st

from broker.coordinator.group.assignors import MemberSpec, TopicPartitions

Members = Mapping[str, MemberSpec]
Topics = Mapping[bytes, int]
Assignment = Mapping[str, TopicPartitions]

topics = st.dictionaries(st.sampled_from([b"a", b"b", b"c", b"d", b"e"]), st.integers(1, 12))
_subscriptions = st.frozensets(st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"gone"]))
_assigned = st.dictionaries(
    st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"gone"]),
    st.frozensets(st.integers(0, 14), min_size=1),
)
_ids = st.sampled_from([f"m{number}" for number in range(12)])


def member(
    subscribed: str, *, instance_id: str | None = None, rack: str | None = None, has: str = ""
) -> MemberSpec:
    """`subscribed` names topics by letters; `has` is partitions like "a0 a1 b3"."""
    assigned: dict[bytes, frozenset[int]] = {}
    for name in has.split():
        topic = name[0].encode()
        assigned[topic] = assigned.get(topic, frozenset()) | {int(name[1:])}
    topics = frozenset(letter.encode() for letter in subscribed)
    return MemberSpec(subscribed=topics, instance_id=instance_id, rack=rack, assigned=assigned)


def _members(subscription: st.SearchStrategy[frozenset[bytes]]) -> st.SearchStrategy[dict[str, MemberSpec]]:
    spec = st.builds(
        MemberSpec,
        subscribed=subscription,
        instance_id=st.none(),
        rack=st.sampled_from([None, "rack-1", "rack-2"]),
        assigned=_assigned,
    )
    return st.dictionaries(_ids, spec, min_size=1)


any_members = _members(_subscriptions)
alike_members = _subscriptions.flatmap(lambda subscription: _members(st.just(subscription)))


def shown(assignment: Assignment) -> dict[str, str]:
    """Member id -> its partitions like "a0 a1 b3"."""
    return {
        member_id: " ".join(
            f"{topic.decode()}{partition}"
            for topic in sorted(assigned)
            for partition in sorted(assigned[topic])
        )
        for member_id, assigned in assignment.items()
    }


def pairs(assigned: TopicPartitions) -> set[tuple[bytes, int]]:
    """The partitions of one member, one by one."""
    return {(topic, partition) for topic, partitions in assigned.items() for partition in partitions}


def count(assigned: TopicPartitions) -> int:
    """How many partitions a member has."""
    return sum(map(len, assigned.values()))


def having(members: Members, assignment: Assignment) -> dict[str, MemberSpec]:
    """The members after they were assigned that."""
    return {member_id: spec._replace(assigned=assignment[member_id]) for member_id, spec in members.items()}


def check_complete(members: Members, topics: Topics, assignment: Assignment) -> None:
    """Every partition that anyone subscribes to has one member, a subscriber; no other is assigned."""
    assert assignment.keys() == members.keys()
    subscribed = {topic for spec in members.values() for topic in spec.subscribed} & topics.keys()
    given = [pair for assigned in assignment.values() for pair in pairs(assigned)]
    assert sorted(given) == [
        (topic, number) for topic in sorted(subscribed) for number in range(topics[topic])
    ]
    for member_id, assigned in assignment.items():
        assert assigned.keys() <= members[member_id].subscribed
        assert all(assigned.values()), "a topic of which there is nothing is not named"
