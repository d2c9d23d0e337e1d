"""Batches and ids before they are sent."""

import pytest

from broker.protocol.compression import Codec
from broker.protocol.records.batch import BatchHeader, crc_is_valid
from compat.differential.symbols import SPOILERS, Batch, Id


def test_a_batch_is_the_same_bytes_every_time() -> None:
    assert Batch(size=3, codec=Codec.GZIP).to_bytes(7) == Batch(size=3, codec=Codec.GZIP).to_bytes(7)


def test_only_a_batch_of_a_producer_has_its_id() -> None:
    assert BatchHeader.parse(Batch().to_bytes(7)).producer_id == -1
    header = BatchHeader.parse(Batch(producer="1", epoch=2, sequence=5).to_bytes(7))
    assert (header.producer_id, header.producer_epoch, header.base_sequence) == (7, 2, 5)


@pytest.mark.parametrize("name", [name for name in SPOILERS if name])
def test_a_spoiled_batch_is_another_one(name: str) -> None:
    assert Batch(size=2, spoiled=name).to_bytes(0) != Batch(size=2).to_bytes(0)


def test_what_is_spoiled_is_not_the_checksum_unless_it_is_the_point() -> None:
    assert crc_is_valid(memoryview(Batch(spoiled="late").to_bytes(0)))
    assert not crc_is_valid(memoryview(Batch(spoiled="checksum").to_bytes(0)))


def test_they_are_shown_in_few_words() -> None:
    assert repr(Batch()) == "<batch>"
    assert repr(Batch(size=2, producer="1")) == "<batch size=2 producer=1>"
    assert repr(Id("topic_id", "alpha")) == "<topic_id alpha>"
