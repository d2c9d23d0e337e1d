"""Headers as both sides see them; the parser made by hand agrees with the declarations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kio.schema.request_header.v1.header import RequestHeader as KioHeaderV1
from kio.schema.request_header.v2.header import RequestHeader as KioHeaderV2
from kio.serial import entity_reader

from broker.protocol.codec import decode
from broker.protocol.errors import MalformedRequest
from broker.protocol.headers import (
    RequestHeader,
    has_tagged_fields,
    parse_request_header,
    parse_response_header,
    request_header,
    response_header,
)
from broker.protocol.messages import MESSAGES
from broker.protocol.messages import headers as declared
from broker.protocol.versions import Versions

EVERY_VERSION = [
    (key, version)
    for key, api in MESSAGES.items()
    for lowest, highest in [Versions.parse(api.versions)]
    for version in range(lowest, highest + 1)
]
client_ids = st.none() | st.text(max_size=20)


@pytest.mark.parametrize(("key", "version"), EVERY_VERSION)
def test_a_header_ends_where_the_body_begins(key: int, version: int) -> None:
    encoded = request_header(key, version, 77, "client")
    header = parse_request_header(memoryview(encoded + b"body"))
    assert header == RequestHeader(key, version, 77, "client", len(encoded))


@given(st.sampled_from(EVERY_VERSION), st.integers(-(1 << 31), (1 << 31) - 1), client_ids)
def test_the_parser_agrees_with_the_declaration_and_with_kio(
    api: tuple[int, int], correlation_id: int, client_id: str | None
) -> None:
    encoded = request_header(*api, correlation_id, client_id)
    parsed = parse_request_header(memoryview(encoded))
    flexible = MESSAGES[api[0]].flexible_from is not None and api[1] >= (MESSAGES[api[0]].flexible_from or 0)
    header = decode(declared.RequestHeader, 2 if flexible else 1, memoryview(encoded))
    assert parsed[:4] == (
        header.request_api_key,
        header.request_api_version,
        header.correlation_id,
        header.client_id,
    )
    theirs: Any
    theirs, size = entity_reader(KioHeaderV2 if flexible else KioHeaderV1)(encoded, 0)
    assert parsed == (*api, theirs.correlation_id, theirs.client_id, size)


def test_the_client_id_is_not_compact_in_flexible_versions() -> None:
    header = parse_request_header(memoryview(bytes.fromhex("0003 0009 00000005 0002 6162 00")))
    assert header == RequestHeader(3, 9, 5, "ab", 13)


def test_a_client_id_may_be_any_bytes() -> None:
    header = parse_request_header(memoryview(bytes.fromhex("0003 0001 00000005 0003 62fc72")))
    assert header.client_id == "b\ufffdr"


def test_unknown_tagged_fields_of_a_header_are_skipped() -> None:
    header = parse_request_header(memoryview(bytes.fromhex("0003 0009 00000005 ffff 01 05 02 aabb 00")))
    assert header == RequestHeader(3, 9, 5, None, 15)


def test_of_an_unknown_api_the_fixed_part_is_read() -> None:
    encoded = bytes.fromhex("7fff 0009 00000005 0001 61")
    assert parse_request_header(memoryview(encoded)) == RequestHeader(32767, 9, 5, "a", 11)


def test_of_an_unknown_version_of_api_versions_nothing_behind_the_client_is_read() -> None:
    header = parse_request_header(memoryview(bytes.fromhex("0012 7fff 00000005 0001 61 ff ff")))
    assert header == RequestHeader(18, 32767, 5, "a", 11)


@given(st.binary(max_size=30))
def test_any_bytes_are_a_header_or_malformed(data: bytes) -> None:
    try:
        header = parse_request_header(memoryview(data))
    except MalformedRequest:
        return
    assert 10 <= header.size <= len(data)


@pytest.mark.parametrize(
    "hexadecimal",
    [
        "",
        "0003 0009 0000",
        "0003 0009 00000005 0005 61",
        "0003 0009 00000005 ffff",
        "0003 0009 00000005 ffff 01",
        "0003 0009 00000005 ffff 01 05 7f aa",
        "0003 0009 00000005 ffff ff ff ff ff ff ff",
    ],
)
def test_a_header_that_is_none_is_malformed(hexadecimal: str) -> None:
    with pytest.raises(MalformedRequest, match="request header: "):
        parse_request_header(memoryview(bytes.fromhex(hexadecimal)))


@pytest.mark.parametrize(("key", "version"), EVERY_VERSION)
def test_a_response_header_is_read_as_it_was_written(key: int, version: int) -> None:
    encoded = response_header(77, key, version)
    assert len(encoded) == 4 + has_tagged_fields(key, version)
    view = parse_response_header(memoryview(encoded + b"body"), key, version)
    assert (view.correlation_id, bytes(view.body)) == (77, b"body")


@pytest.mark.parametrize("version", range(5))
def test_the_header_of_api_versions_never_has_tagged_fields(version: int) -> None:
    assert response_header(5, 18, version) == bytes.fromhex("00000005")


def test_tagged_fields_of_a_response_header_are_skipped() -> None:
    view = parse_response_header(memoryview(bytes.fromhex("00000005 01 07 01 aa bb")), 3, 9)
    assert (view.correlation_id, bytes(view.body)) == (5, b"\xbb")


@pytest.mark.parametrize("hexadecimal", ["", "0000", "00000005", "00000005 01", "00000005 01 07 05 aa"])
def test_a_response_header_that_is_none_is_malformed(hexadecimal: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_response_header(memoryview(bytes.fromhex(hexadecimal)), 3, 9)
