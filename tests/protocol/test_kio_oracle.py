"""kio, an independent implementation, reads what we write and writes what we read: all APIs, all versions.

Values are set by field, not by bytes, so that two fields of one type that changed places are found.
"""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import UnionType
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kio.index import load_request_schema, load_response_schema
from kio.schema.errors import ErrorCode as KioErrorCode
from kio.serial import entity_reader, entity_writer

from broker.protocol.codec import decode, encode
from broker.protocol.fields import Field, fields_of
from broker.protocol.uuids import ZERO_UUID
from tests.protocol.message_values import all_messages, at_version, joined, messages, versions_of

few = settings(max_examples=7, deadline=None, database=None, suppress_health_check=list(HealthCheck))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN_CODES = [code.value for code in KioErrorCode]
TIMES = ("timestamp", "timestamp_ms", "time_ms", "period_ms", "lifetime_ms")


def what_kio_can_hold(each: Field) -> st.SearchStrategy[Any] | None:
    """Error codes are an enumeration there, 64-bit times are dates and durations."""
    if each.type.kind == "h" and each.name.endswith("error_code"):
        return st.sampled_from(KNOWN_CODES)
    if each.type.kind == "q" and each.name.endswith(TIMES):
        return st.integers(0, 10**12)
    return None


def kio_class(cls: Any, version: int) -> Any:
    load = load_request_schema if cls.__name__.endswith("Request") else load_response_schema
    return load(cls.API_KEY, version)


def to_kio(message: Any, version: int, target: Any) -> Any:
    """The same message as an instance of kio's class, which has only the fields of that version."""
    here = [each for each in fields_of(type(message)) if each.versions.includes(version)]
    values = {}
    for each, other in zip(here, dataclasses.fields(target), strict=True):
        assert plain_name(each.name) == plain_name(other.name)
        values[other.name] = to_kio_value(getattr(message, each.name), version, other)
    return target(**values)


def plain_name(name: str) -> str:
    """kio drops the unit of what it makes a date or a duration."""
    return name.removesuffix("_ms").replace("_2pc", "2_pc")


def to_kio_value(value: Any, version: int, other: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(to_kio_item(item, version, other) for item in value)
    return to_kio_item(value, version, other)


def to_kio_item(value: Any, version: int, other: Any) -> Any:
    kind = other.metadata.get("kafka_type")
    if kind is None:
        (inner,) = [each for each in classes_in(other.type) if dataclasses.is_dataclass(each)]
        return to_kio(value, version, inner)
    if kind == "error_code":
        return KioErrorCode(value)
    if kind in ("timedelta_i32", "timedelta_i64"):
        return timedelta(milliseconds=value)
    if kind == "datetime_i64":
        return EPOCH + timedelta(milliseconds=value)
    if kind == "uuid":
        return None if value == ZERO_UUID else UUID(bytes=value)
    return value


def classes_in(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (tuple, UnionType):
        for each in get_args(annotation):
            yield from classes_in(each)
    else:
        yield annotation


@pytest.mark.parametrize("cls", all_messages(), ids=lambda cls: str(cls.__name__))
def test_kio_reads_and_writes_the_same_bytes(cls: Any) -> None:
    targets = {version: kio_class(cls, version) for version in versions_of(cls)}

    @few
    @given(messages(cls, what_kio_can_hold))
    def in_every_version(message: Any) -> None:
        for version, target in targets.items():
            ours = at_version(message, version)
            theirs = to_kio(ours, version, target)
            encoded = joined(encode(ours, version))
            assert entity_reader(target)(encoded, 0) == (theirs, len(encoded))
            output = BytesIO()
            entity_writer(target)(output, theirs)
            assert output.getvalue() == encoded
            assert decode(cls, version, memoryview(output.getvalue())) == ours

    in_every_version()
