"""What a declaration means, once it is read."""

from __future__ import annotations

import pytest

from broker.protocol.fields import fields_of, structs_in
from broker.protocol.message import (
    DEFAULTS,
    Bool,
    Bytes,
    Float64,
    Int32,
    Records,
    String,
    Uuid,
    field,
    request,
    struct,
)
from broker.protocol.versions import EVERY, NONE


@request(key=901, versions="0-9", flexible="none")
class EverythingRequest:
    number: Int32
    share: Float64
    truth: Bool
    uuid: Uuid
    text: String
    raw: Bytes
    records: Records
    names: list[String]
    inner: Inner
    inners: list[Inner] | None
    later: String | None = field("3+", nullable="1-5", default=None)
    tagged: Inner = field(tag=4, default=DEFAULTS)
    old: String = field("0-1", flexible=False, default="x")


@struct
class Inner:
    deep: Deep


@struct
class Deep:
    depth: Int32 = 3


FIELDS = {each.name: each for each in fields_of(EverythingRequest)}


def test_fields_stand_in_wire_order() -> None:
    assert list(FIELDS)[:3] == ["number", "share", "truth"]
    assert fields_of(EverythingRequest) is fields_of(EverythingRequest)


def test_what_is_written_right_of_the_sign_is_read() -> None:
    later, tagged, old = FIELDS["later"], FIELDS["tagged"], FIELDS["old"]
    assert (str(later.versions), str(later.nullable), later.default) == ("3+", "3-5", None)
    assert (tagged.tag, tagged.required, tagged.flexible) == (4, False, True)
    assert (str(old.versions), old.default, old.flexible) == ("0-1", "x", False)


def test_what_is_not_written_is_in_every_version_never_null_and_required() -> None:
    number = FIELDS["number"]
    assert (number.versions, number.nullable, number.tag, number.required) == (EVERY, NONE, None, True)
    assert FIELDS["inners"].nullable == EVERY


@pytest.mark.parametrize(
    ("name", "zero"),
    [
        ("number", 0),
        ("share", 0.0),
        ("truth", False),
        ("uuid", bytes(16)),
        ("text", ""),
        ("raw", b""),
        ("records", None),
        ("names", []),
        ("inners", []),
    ],
)
def test_a_required_field_is_zero_where_it_is_not_on_the_wire(name: str, zero: object) -> None:
    assert FIELDS[name].default == zero
    assert type(FIELDS[name].default) is type(zero)


def test_structs_are_found_in_the_module() -> None:
    assert FIELDS["inner"].type.struct is Inner
    assert FIELDS["inners"].type.item is not None
    assert FIELDS["inners"].type.item.struct is Inner
    assert FIELDS["inner"].default == Inner(deep=Deep())
    assert list(structs_in(EverythingRequest)) == [Inner, Deep] * 3
    with pytest.raises(AttributeError, match="share"):
        FIELDS["inner"].default.deep.depth = 4
