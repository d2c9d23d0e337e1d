"""partition.metadata, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.log.corrupt_file import CorruptFile
from broker.log.partition_metadata import read_partition_metadata, write_partition_metadata

TOPIC_ID = bytes(range(16))


def test_its_text_is_kafkas() -> None:
    assert write_partition_metadata(TOPIC_ID) == b"version: 0\ntopic_id: AAECAwQFBgcICQoLDA0ODw"


@given(st.binary(min_size=16, max_size=16).filter(any))
def test_what_is_written_is_read(topic_id: bytes) -> None:
    assert read_partition_metadata(write_partition_metadata(topic_id)) == topic_id


def test_a_line_feed_at_the_end_and_a_later_version_are_read() -> None:
    assert read_partition_metadata(b"version: 1\ntopic_id: AAECAwQFBgcICQoLDA0ODw\n") == TOPIC_ID


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"version: 0",
        b"version: -1\ntopic_id: AAECAwQFBgcICQoLDA0ODw",
        b"version: zero\ntopic_id: AAECAwQFBgcICQoLDA0ODw",
        b"version: 0\ntopic_id:",
        b"version: 0\ntopic_id: AAECAwQFBgcICQoLDA0O",
        b"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA",
        b"version: 0\ntopic_id: !!!!AwQFBgcICQoLDA0ODw",
        b"version: 0\ntopic_id: \xff\xff",
    ],
)
def test_anything_else_is_corrupt(text: bytes) -> None:
    with pytest.raises(CorruptFile):
        read_partition_metadata(text)
