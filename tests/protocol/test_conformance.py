"""Each declaration says the same as Kafka's JSON, field by field.

Both are flattened to rows, with version ranges cut to those that the message really has, so that `0+`
in a message of versions 3-13 equals a field without a range.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest

from broker.protocol.fields import Field, WireType, fields_of
from broker.protocol.messages import MESSAGES, request_class, response_class
from broker.protocol.messages.consumer_protocol import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)
from broker.protocol.messages.headers import RequestHeader, ResponseHeader
from broker.protocol.uuids import ZERO_UUID
from broker.protocol.versions import NONE, Versions
from tests.protocol.kafka_schemas import JAR, NOT_FOUND, kafka_schemas, parse, texts

SCHEMAS = kafka_schemas()
needs_schemas = pytest.mark.skipif(not SCHEMAS, reason=NOT_FOUND)

KAFKA_TYPES = {
    "b": "int8",
    "h": "int16",
    "i": "int32",
    "q": "int64",
    "H": "uint16",
    "d": "float64",
    "?": "bool",
    "16s": "uuid",
}
OTHER_NAMES = {"Enable2Pc": "enable_2pc"}  # digits would be torn from their word


class Row(NamedTuple):
    depth: int
    name: str
    type: str
    versions: Versions
    tag: int | None
    nullable: Versions
    default: object
    compact: bool


def declared_rows(cls: Any, versions: Versions, depth: int = 0) -> Iterator[Row]:
    for each in fields_of(cls):
        there = each.versions.within(versions)
        nullable = each.nullable.within(there)
        name = type_name(each.type)
        yield Row(depth, each.name, name, there, each.tag, nullable, plain(each), each.flexible)
        inner = (each.type.item or each.type).struct
        if inner is not None:
            yield from declared_rows(inner, there, depth + 1)


def type_name(wire_type: WireType) -> str:
    if wire_type.item is not None:
        return f"[]{type_name(wire_type.item)}"
    return KAFKA_TYPES.get(wire_type.kind, wire_type.kind)


def plain(each: Field) -> object:
    return "struct" if each.type.struct is not None and each.default is not None else each.default


def kafka_rows(
    fields: list[dict[str, Any]], shared: dict[str, Any], versions: Versions, depth: int = 0
) -> Iterator[Row]:
    for each in fields:
        there = Versions.parse(each["versions"]).within(versions)
        if there == NONE:
            continue  # it was in versions that are gone
        assert "tag" not in each or each["taggedVersions"] == each["versions"]
        word = each["type"].removeprefix("[]")
        is_struct = word[0].isupper()
        yield Row(
            depth,
            OTHER_NAMES.get(each["name"]) or snake_case(each["name"]),
            each["type"].replace(word, "struct") if is_struct else each["type"],
            there,
            each.get("tag"),
            Versions.parse(each.get("nullableVersions", "none")).within(there),
            kafka_default(each, is_struct=is_struct),
            each.get("flexibleVersions") != "none",
        )
        if is_struct:
            yield from kafka_rows(each.get("fields") or shared[word], shared, there, depth + 1)


def kafka_default(each: dict[str, Any], *, is_struct: bool) -> object:
    """What Kafka's generated class has in a new instance."""
    written = each.get("default")
    if written == "null":
        return None
    if each["type"].startswith("[]"):
        return []
    if is_struct:
        return "struct"
    zeros = {"string": "", "bytes": b"", "uuid": ZERO_UUID, "records": None}
    if each["type"] in zeros:
        return zeros[each["type"]] if written is None else written
    if each["type"] == "bool":
        return written in ("true", True)
    return float(written or 0) if each["type"] == "float64" else int(str(written or 0), 0)


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def shared_structs(schema: dict[str, Any]) -> dict[str, Any]:
    """The structs that are declared apart from the fields that hold them, by name."""
    return {each["name"]: each["fields"] for each in schema.get("commonStructs", [])}


CLASSES = [cls for key in MESSAGES for cls in (request_class(key), response_class(key))]
OTHERS = [RequestHeader, ResponseHeader, ConsumerProtocolAssignment, ConsumerProtocolSubscription]


@needs_schemas
@pytest.mark.parametrize("cls", [*CLASSES, *OTHERS], ids=lambda cls: str(cls.__name__))
def test_a_declaration_says_what_kafka_says(cls: Any) -> None:
    schema = SCHEMAS[cls.__name__]
    versions = Versions.parse(schema["validVersions"])
    assert versions == cls.VERSIONS
    flexible = Versions.parse(schema["flexibleVersions"])
    assert (None if flexible == NONE else flexible.lowest) == cls.FLEXIBLE
    ours = list(declared_rows(cls, versions))
    kafkas = list(kafka_rows(schema["fields"], shared_structs(schema), versions))
    assert ours == kafkas


@needs_schemas
def test_every_api_of_a_broker_listener_is_declared() -> None:
    keys = {
        schema["apiKey"]: schema["name"].removesuffix("Request")
        for schema in SCHEMAS.values()
        if "broker" in schema.get("listeners", []) and schema["validVersions"] != "none"
    }
    assert keys == {key: api.name for key, api in MESSAGES.items()}


@needs_schemas
@pytest.mark.parametrize("key", MESSAGES)
def test_structs_keep_the_names_that_kafka_gave_them(key: int) -> None:
    ours: set[str] = set()
    kafkas: set[str] = set()
    for cls in (request_class(key), response_class(key)):
        ours |= {name.removesuffix("Response") for name in struct_names(cls)}
        schema = SCHEMAS[cls.__name__]
        rows = [*schema["fields"], *(each for shared in shared_structs(schema).values() for each in shared)]
        kafkas |= {name.removesuffix("Response") for name in kafka_struct_names(rows, cls.VERSIONS)}
    assert ours <= kafkas


def struct_names(cls: Any) -> Iterator[str]:
    for each in fields_of(cls):
        inner = (each.type.item or each.type).struct
        if inner is not None:
            yield inner.__name__
            yield from struct_names(inner)


def kafka_struct_names(fields: list[dict[str, Any]], versions: Versions) -> Iterator[str]:
    for each in fields:
        word = each["type"].removeprefix("[]")
        if word[0].isupper():
            yield word
            yield from kafka_struct_names(each.get("fields", []), versions)


def test_schemas_are_found_in_a_jar(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / JAR.name
    with ZipFile(jar, "w") as archive:
        archive.writestr("common/message/A.json", '// a comment\n{"type": "request", "name": "ARequest"}')
        archive.writestr("other/B.json", "{}")
    monkeypatch.setenv("KAWA_KAFKA_SCHEMAS", str(jar))
    assert kafka_schemas() == {"ARequest": {"type": "request", "name": "ARequest"}}


def test_without_schemas_there_are_none(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAWA_KAFKA_SCHEMAS", str(tmp_path / "nowhere"))
    assert kafka_schemas() == {}
    assert list(texts(tmp_path)) == []
    assert parse('  // about it\n{"a": 1}') == {"a": 1}
