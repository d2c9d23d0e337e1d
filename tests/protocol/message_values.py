"""Hypothesis strategies for messages: every field of every version has a value worth encoding."""

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from broker.protocol.fields import Field, WireType, fields_of
from broker.protocol.messages import MESSAGES, request_class, response_class
from broker.protocol.uuids import METADATA_TOPIC_ID, ZERO_UUID

Limits = Callable[[Field], st.SearchStrategy[Any] | None]
"""The values of a field for an oracle that cannot have all of them; None: as they are."""


def integers(bits: int, *, signed: bool = True) -> st.SearchStrategy[int]:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    edges = st.sampled_from([0, 1, 100, high, high - 1, low, *([-1] if signed else [])])
    return edges | st.integers(low, high)


TEXTS = st.sampled_from(["", "a", "topic-1", "ü", "日本語", "🦜", "x" * 126, "x" * 127, "y" * 300])
BYTES = st.sampled_from([b"", b"\0", b"\xff\xfe", bytes(126), bytes(127), bytes(range(256)) * 70])
NUMBERS = st.integers(0, 40).map(lambda count: list(range(count)))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "b": integers(8),
    "h": integers(16),
    "i": integers(32),
    "q": integers(64),
    "H": integers(16, signed=False),
    "d": st.sampled_from([0.0, -1.5, 1e300]) | st.floats(allow_nan=False),
    "?": st.booleans(),
    "16s": st.sampled_from([ZERO_UUID, METADATA_TOPIC_ID, bytes(range(16))]),
    "string": TEXTS | st.text(max_size=3),
    "bytes": BYTES,
    "records": BYTES,
}


def all_messages() -> list[Any]:
    return [cls for key in MESSAGES for cls in (request_class(key), response_class(key))]


def versions_of(cls: Any) -> range:
    lowest, highest = cls.VERSIONS
    return range(lowest, highest + 1)


def messages(cls: Any, limits: Limits = lambda each: None) -> st.SearchStrategy[Any]:
    """Instances whose fields are filled whatever the version; see `at_version`."""
    values = {each.name: _field_values(each, limits) for each in fields_of(cls)}
    return st.fixed_dictionaries(values).map(lambda chosen: cls(**chosen))


def _field_values(each: Field, limits: Limits) -> st.SearchStrategy[Any]:
    values = limits(each)
    if values is None:
        values = _values(each.type, limits)
    if each.nullable.lowest <= each.nullable.highest:
        values = st.none() | values
    return values


def _values(wire_type: WireType, limits: Limits) -> st.SearchStrategy[Any]:
    if wire_type.item is not None:
        if wire_type.item.kind in ("b", "h", "i", "q"):
            return NUMBERS | st.lists(VALUES[wire_type.item.kind], max_size=2)
        return st.lists(_values(wire_type.item, limits), max_size=2)
    if wire_type.struct is not None:
        return messages(wire_type.struct, limits)
    return VALUES[wire_type.kind]


def at_version(message: Any, version: int) -> Any:
    """What is left of it in that version: defaults for what is not there, no null where none may be."""
    cls = type(message)
    return cls(**{each.name: _at_version(each, message, version) for each in fields_of(cls)})


def _at_version(each: Field, message: Any, version: int) -> Any:
    value = getattr(message, each.name)
    if not each.versions.includes(version):
        return [] if each.default == [] else each.default
    if value is None:
        return None if each.nullable.includes(version) else _something(each)
    if each.type.struct is not None:
        return at_version(value, version)
    if each.type.item is not None and each.type.item.struct is not None:
        return [at_version(item, version) for item in value]
    return value


def _something(each: Field) -> Any:
    return {"string": "", "bytes": b"", "records": b"", "list": []}[each.type.kind]


def joined(buffers: list[Any]) -> bytes:
    return b"".join(bytes(buffer) for buffer in buffers)


def with_versions(classes: list[Any]) -> Iterator[tuple[Any, int]]:
    for cls in classes:
        for version in versions_of(cls):
            yield cls, version
