"""Both kinds of groups are made, found again, and asked by the same words."""

import pytest

from broker.coordinator.group import machines
from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import GroupRecord, Sync
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.records import GroupEpochs
from broker.coordinator.group.machines import Committer, classic_group, consumer_group
from broker.protocol.errors import ErrorCode, KafkaError
from tests.coordinator.group.house import House, joining, run


def test_a_group_is_of_the_kind_that_its_records_are_of() -> None:
    async def scenario(made: House) -> None:
        classic = made.machines.of("g", [GroupRecord("consumer", 4, None, None, ())], now_ms=0)
        assert classic_group(classic).generation_id == 4
        consumer = made.machines.of("g", [GroupEpochs(5, 5, 0), Member("m")], now_ms=0)
        assert consumer_group(consumer).ledger.group_epoch == 5
        assert isinstance(made.machines.of("g", [], now_ms=0), ClassicGroup)

    run(scenario)


def test_what_the_other_kind_is_asked_for_is_not_there() -> None:
    async def scenario(made: House) -> None:
        for work in (
            lambda: classic_group(made.machines.consumer("g")),
            lambda: consumer_group(made.machines.classic("g")),
        ):
            with pytest.raises(KafkaError) as refused:
                work()
            assert refused.value.code is ErrorCode.GROUP_ID_NOT_FOUND

    run(scenario)


def test_member_ids_are_never_the_same() -> None:
    async def scenario(made: House) -> None:
        ids = {made.machines.new_member_id(prefix) for prefix in ("a", "a", "", "")}
        assert len(ids) == 4
        assert sorted(text.startswith("a-") for text in ids)[2:] == [True, True]

    run(scenario)


def machine_with_a_classic_member(made: House, kind: str) -> tuple[ClassicGroup | ConsumerGroup, str, int]:
    """With its id and its generation."""
    machine = made.machines.classic("g") if kind == "classic" else made.machines.consumer("g")
    reply = machines.join(machine, joining(), waiter=1, now_ms=0).replies[0]
    joined = reply.answer
    return machine, joined.member_id, joined.generation_id  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["classic", "consumer"])
def test_members_of_the_classic_protocol_are_at_home_in_both(kind: str) -> None:
    async def scenario(made: House) -> None:
        made.topic()
        machine, member_id, generation_id = machine_with_a_classic_member(made, kind)
        asked = Sync(member_id, None, generation_id, "consumer", "range", {member_id: b"all"})
        assert len(machines.sync(machine, asked, waiter=2, now_ms=0).replies) == 1
        machines.heartbeat(machine, member_id, None, generation_id, now_ms=0)
        machines.check_commit(machine, Committer(member_id, None, generation_id), [], now_ms=0)
        machines.leave(machine, member_id, None, now_ms=0)
        assert machine.is_unused or machine.state == "Empty"

    run(scenario)


def test_who_reads_offsets_is_looked_at_in_consumer_groups_only() -> None:
    async def scenario(made: House) -> None:
        machines.check_fetch(made.machines.classic("g"), "anybody", 3)
        with pytest.raises(KafkaError):
            machines.check_fetch(made.machines.consumer("g"), "anybody", 3)

    run(scenario)
