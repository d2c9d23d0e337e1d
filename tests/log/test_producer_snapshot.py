"""The producer snapshot file, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.log.corrupt_file import CorruptFile
from broker.log.producer_snapshot import ProducerEntry, read_snapshot, write_snapshot
from broker.protocol.crc32c import crc32c

ENTRY = ProducerEntry(
    producer_id=1000,
    producer_epoch=2,
    last_sequence=41,
    last_offset=99,
    offset_delta=9,
    timestamp_ms=1_700_000_000_000,
    coordinator_epoch=-1,
    current_txn_first_offset=-1,
)


def integers(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def entries() -> st.SearchStrategy[list[ProducerEntry]]:
    bits = (64, 16, 32, 64, 32, 64, 32, 64)
    return st.lists(st.tuples(*map(integers, bits)).map(ProducerEntry._make))


def test_its_bytes_are_those_of_kafkas_schema() -> None:
    data = write_snapshot([ENTRY])
    assert data[:2] == b"\x00\x01"
    assert data[2:6] == crc32c(data[6:]).to_bytes(4, "big")
    assert data[6:].hex() == (
        "00000001"
        "00000000000003e8" "0002" "00000029" "0000000000000063" "00000009"
        "0000018bcfe56800" "ffffffff" "ffffffffffffffff"
    )  # fmt: skip


@given(entries())
def test_what_is_written_is_read(written: list[ProducerEntry]) -> None:
    assert read_snapshot(write_snapshot(written)) == written


@pytest.mark.parametrize("position", range(56))
def test_no_changed_byte_goes_unnoticed(position: int) -> None:
    data = bytearray(write_snapshot([ENTRY]))
    data[position] ^= 0x10
    with pytest.raises(CorruptFile):
        read_snapshot(bytes(data))


@pytest.mark.parametrize("size", range(56))
def test_no_cut_goes_unnoticed(size: int) -> None:
    with pytest.raises(CorruptFile):
        read_snapshot(write_snapshot([ENTRY])[:size])


@pytest.mark.parametrize("count", [2, 2**31 - 1, -1])
def test_a_count_that_does_not_fit_is_refused(count: int) -> None:
    body = count.to_bytes(4, "big", signed=True) + write_snapshot([ENTRY])[10:]
    with pytest.raises(CorruptFile, match="claims"):
        read_snapshot(b"\x00\x01" + crc32c(body).to_bytes(4, "big") + body)


@given(st.binary(max_size=200))
def test_random_bytes_are_only_ever_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptFile):
        read_snapshot(data)
