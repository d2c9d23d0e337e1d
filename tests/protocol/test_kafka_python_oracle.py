"""kafka-python, an independent implementation, reads what we write and writes what we read: its 52 APIs.

Where it differs by intent, the test follows it: authorized operations are sets of bits, a zero uuid is
None, and so is a tagged struct that has its defaults.

Its bug, passed over here: ApiVersionsResponse with any error is read as version 0, though Kafka answers so
only to an unknown version; a refused client name comes in the version of the request.
"""

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from kafka.protocol.schemas.fields.codecs import BitField

from broker.protocol.codec import decode, encode
from broker.protocol.fields import Field, fields_of
from broker.protocol.uuids import ZERO_UUID
from tests.protocol.message_values import all_messages, at_version, joined, messages, versions_of

few = settings(max_examples=7, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NOT_ASKED_FOR = -(1 << 31)
MODULES = ("admin", "consumer", "metadata", "producer", "sasl")


def kafka_python_classes() -> dict[str, Any]:
    modules = [import_module(f"kafka.protocol.{name}") for name in MODULES]
    return {name: cls for module in modules for name, cls in vars(module).items()}


THEIRS = kafka_python_classes()
SHARED = [cls for cls in all_messages() if cls.__name__ in THEIRS]


def to_kafka_python(message: Any, version: int, struct: Any) -> dict[str, Any]:
    """The same values under kafka-python's names; it holds fields by position in the schema, too."""
    values: dict[str, Any] = {}
    theirs = [each for each in struct._fields if each.for_version_q(version)]
    ours = [each for each in fields_of(type(message)) if each.versions.includes(version)]
    for each, other in zip(ours, theirs, strict=True):
        value = getattr(message, each.name)
        if other.is_struct() and each.tag is not None and value == each.default:
            value = None
        values[other.name] = to_value(each, value, version, other)
    return values


def to_value(each: Field, value: Any, version: int, other: Any) -> Any:
    if value is None:
        return None
    if other.is_struct():
        return other.data_class(version=version, **to_kafka_python(value, version, other))
    if other.is_struct_array():
        items = [to_kafka_python(item, version, other.array_of) for item in value]
        return [other.data_class(version=version, **item) for item in items]
    if each.type.kind == "16s":
        return None if value == ZERO_UUID else UUID(bytes=value)
    if getattr(other, "_type", None) is BitField:
        return None if value == NOT_ASKED_FOR else {bit for bit in range(32) if value >> bit & 1}
    return value


def is_readable(message: Any, version: int) -> bool:
    return type(message).__name__ != "ApiVersionsResponse" or version == 0 or message.error_code == 0


@pytest.mark.parametrize("cls", SHARED, ids=lambda cls: str(cls.__name__))
def test_kafka_python_reads_and_writes_the_same_bytes(cls: Any) -> None:
    theirs = THEIRS[cls.__name__]

    @few
    @given(messages(cls))
    def in_every_version(message: Any) -> None:
        for version in versions_of(cls):
            ours = at_version(message, version)
            other = theirs(version=version, **to_kafka_python(ours, version, theirs._struct))
            encoded = joined(encode(ours, version))
            written = bytes(other.encode(version=version))
            assert written == encoded
            if is_readable(ours, version):
                assert theirs.decode(encoded, version=version) == other
            assert decode(cls, version, memoryview(written)) == ours

    in_every_version()
