import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.state.errors import StateError
from broker.state.packing import pack_partitions, unpack_partitions
from broker.state.rows import PartitionRow

INT32 = st.integers(min_value=-(2**31), max_value=2**31 - 1)
PARTITIONS = st.lists(
    st.builds(PartitionRow, leader=INT32, leader_epoch=INT32, replicas=st.lists(INT32, max_size=4).map(tuple))
)


@given(PARTITIONS)
def test_what_was_packed_is_unpacked(partitions: list[PartitionRow]) -> None:
    assert unpack_partitions(pack_partitions(partitions)) == partitions


def test_the_bytes_are_four_to_a_number() -> None:
    packed = pack_partitions([PartitionRow(leader=1, leader_epoch=7, replicas=(1, 2))])
    assert packed == bytes.fromhex("01000000 07000000 02000000 01000000 02000000")


@pytest.mark.parametrize(
    "damaged",
    ["01", "01000000", "0100000000000000", "010000000000000002000000", "0100000000000000ffffffff"],
)
def test_damage_is_told(damaged: str) -> None:
    with pytest.raises(StateError, match="the partitions of a topic are damaged"):
        unpack_partitions(bytes.fromhex(damaged))


@given(st.binary(max_size=64))
def test_any_bytes_are_unpacked_or_told_damaged(data: bytes) -> None:
    try:
        partitions = unpack_partitions(data)
    except StateError:
        return
    assert pack_partitions(partitions) == data
