"""Every message in every version: what is encoded is decoded again, and nothing else is accepted."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.protocol.codec import decode, encode
from broker.protocol.decoder import smallest_size
from broker.protocol.errors import MalformedRequest
from broker.protocol.fields import fields_of, structs_in
from broker.protocol.message import blank
from broker.protocol.messages import MESSAGES, request_class, response_class
from broker.protocol.versions import Versions
from tests.protocol.message_values import all_messages, at_version, joined, messages, versions_of

ALL = all_messages()
few = settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def named(cls: Any) -> str:
    return str(cls.__name__)


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_what_was_encoded_is_decoded_again(cls: Any) -> None:
    @few
    @given(messages(cls))
    def in_every_version(message: Any) -> None:
        for version in versions_of(cls):
            expected = at_version(message, version)
            encoded = joined(encode(expected, version))
            assert decode(cls, version, memoryview(encoded)) == expected

    in_every_version()


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_a_message_that_ends_too_early_is_malformed(cls: Any) -> None:
    for version in versions_of(cls):
        encoded = joined(encode(blank(cls), version))
        for end in range(len(encoded)):
            with pytest.raises(MalformedRequest):
                decode(cls, version, memoryview(encoded)[:end])


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_any_bytes_are_a_message_or_malformed(cls: Any) -> None:
    @few
    @given(st.binary(max_size=64) | st.binary(min_size=1, max_size=4).map(lambda some: some * 16))
    def in_every_version(data: bytes) -> None:
        for version in versions_of(cls):
            try:
                decode(cls, version, memoryview(data))
            except MalformedRequest:
                pass

    in_every_version()


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_a_damaged_message_is_another_one_or_malformed(cls: Any) -> None:
    @few
    @given(
        messages(cls), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=3)
    )
    def in_every_version(message: Any, damages: list[tuple[int, int]]) -> None:
        for version in versions_of(cls):
            encoded = bytearray(joined(encode(at_version(message, version), version)))
            for position, byte in damages:
                if encoded:
                    encoded[position % len(encoded)] = byte
            try:
                decode(cls, version, memoryview(encoded))
            except MalformedRequest:
                pass

    in_every_version()


@pytest.mark.parametrize("key", MESSAGES)
def test_the_table_says_what_the_classes_say(key: int) -> None:
    api = MESSAGES[key]
    for cls in (request_class(key), response_class(key)):
        assert tuple(Versions.parse(api.versions)) == cls.VERSIONS
        assert (key, api.flexible_from) == (cls.API_KEY, cls.FLEXIBLE)


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_every_item_of_a_list_takes_at_least_a_byte(cls: Any) -> None:
    """Else a length of two billion could not be told from a true one before it is believed."""
    for version in versions_of(cls):
        flexible = cls.FLEXIBLE is not None and version >= cls.FLEXIBLE
        for inner in structs_in(cls):
            fields = fields_of(inner)
            if any(each.versions.includes(version) for each in fields):
                assert smallest_size(fields, version, flexible=flexible) >= 1


def test_an_api_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        request_class(4)
