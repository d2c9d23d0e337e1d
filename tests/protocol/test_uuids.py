from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.protocol.uuids import METADATA_TOPIC_ID, ZERO_UUID, random_uuid, uuid_from_text, uuid_to_text


def test_text_is_kafkas() -> None:
    assert uuid_to_text(ZERO_UUID) == "AAAAAAAAAAAAAAAAAAAAAA"
    assert uuid_to_text(METADATA_TOPIC_ID) == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert uuid_to_text(b"\xfb\xff" * 8) == "-__7__v_-__7__v_-__7_w"


@given(st.binary(min_size=16, max_size=16))
def test_what_was_written_is_read_again(uuid: bytes) -> None:
    text = uuid_to_text(uuid)
    assert uuid_from_text(text) == uuid
    assert uuid_from_text(text + "==") == uuid
    assert len(text) == 22


@pytest.mark.parametrize(
    "text", ["", "AAAA", "A" * 21, "A" * 23, "A" * 24, "+" * 22, "/" * 22, "ü" * 22, "A" * 22 + "="]
)
def test_what_is_no_uuid_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no uuid"):
        uuid_from_text(text)


def test_a_random_one_is_a_version_4_uuid() -> None:
    uuid = UUID(bytes=random_uuid(lambda count: b"\xab" * count))
    assert uuid.version == 4
    assert uuid.variant == "specified in RFC 4122"


def test_a_random_one_does_not_begin_with_a_dash() -> None:
    candidates = iter([b"\xf8" + bytes(15), b"\xfb" + bytes(15), b"\x01" + bytes(15)])
    uuid = random_uuid(lambda count: next(candidates))
    assert uuid[0] == 1
    assert next(candidates, None) is None
