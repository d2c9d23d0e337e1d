"""What a declared class is like, whatever its bytes."""

from __future__ import annotations

from typing import Any

import pytest

from broker.protocol.message import (
    DEFAULTS,
    Int16,
    Int32,
    Message,
    String,
    blank,
    field,
    header,
    request,
    response,
    struct,
)


@request(key=900, versions="1-4", flexible="3+")
class ShelveRequest:
    """Put things on a shelf."""

    shelf: String
    weight: Int32 = -1
    note: String | None = field("2+", default=None)
    things: list[Thing] = field("2+", default=[])
    place: Place = field("3+", tag=0, default=DEFAULTS)


@struct
class Thing:
    name: String


@struct
class Place:
    row: Int16 = 5
    column: Int16 = field(default=7)


@response(key=900, versions="1-4", flexible="none")
class ShelveResponse:
    """Has no fields."""


@header(versions="0-1", flexible="1+")
class Label:
    number: Int32


def test_only_what_has_no_default_has_to_be_given() -> None:
    message = ShelveRequest(shelf="top")
    assert (message.shelf, message.weight, message.note, message.things) == ("top", -1, None, [])
    assert (message.place.row, message.place.column) == (5, 7)
    with pytest.raises(TypeError, match="shelf"):
        ShelveRequest()  # type: ignore[call-arg]


def test_arguments_have_names_and_no_others() -> None:
    with pytest.raises(TypeError, match="positional"):
        Thing("spoon")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        ShelveResponse("spoon")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        Thing(name="spoon", colour="red")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Thing(name="spoon").colour = "red"  # type: ignore[attr-defined]


def test_each_message_has_a_list_of_its_own() -> None:
    one, other = ShelveRequest(shelf="a"), ShelveRequest(shelf="b")
    one.things.append(Thing(name="spoon"))
    assert other.things == []


def test_a_struct_that_is_a_default_cannot_be_changed() -> None:
    message = ShelveRequest(shelf="a")
    with pytest.raises(AttributeError, match="many messages share"):
        message.place.row = 1
    message.place = Place(row=1)
    assert ShelveRequest(shelf="a").place.row == 5


def test_messages_compare_by_value() -> None:
    assert ShelveRequest(shelf="a", things=[Thing(name="x")]) == ShelveRequest(
        shelf="a", things=[Thing(name="x")]
    )
    assert Thing(name="x") != Thing(name="y")
    assert ShelveRequest(shelf="a").place == Place()
    assert Place() == ShelveRequest(shelf="a").place
    assert Place() != anything(Thing(name="5"))
    assert ShelveResponse() == ShelveResponse()
    assert Thing(name="x") != anything("x")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Thing(name="x"))


def test_a_message_shows_its_fields() -> None:
    assert repr(Thing(name="x")) == "Thing(name='x')"
    assert repr(ShelveRequest(shelf="a").place) == "Place(row=5, column=7)"


def test_a_message_knows_its_key_and_versions() -> None:
    for cls, key, versions, flexible in [
        (anything(ShelveRequest), 900, (1, 4), 3),
        (anything(ShelveResponse), 900, (1, 4), None),
        (anything(Label), None, (0, 1), 1),
    ]:
        assert issubclass(cls, Message)
        assert (key, versions, flexible) == (cls.API_KEY, cls.VERSIONS, cls.FLEXIBLE)


def anything(value: object) -> Any:
    """The same, without what a type checker knows of it."""
    return value


def test_a_class_keeps_its_name_and_words() -> None:
    assert ShelveRequest.__doc__ == "Put things on a shelf."
    assert (Thing.__name__, Thing.__module__) == ("Thing", __name__)


def test_a_blank_message_has_all_its_defaults() -> None:
    assert blank(ShelveRequest, weight=3) == ShelveRequest(shelf="", weight=3)
    assert blank(Label).number == 0
    assert blank(ShelveRequest).things is not blank(ShelveRequest).things
