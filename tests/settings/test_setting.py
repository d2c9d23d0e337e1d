import pytest

from broker.settings.errors import InvalidSetting
from broker.settings.password import Password
from broker.settings.setting import (
    Class,
    Declarations,
    Int,
    List,
    NullableLong,
    Secret,
    Setting,
)


class Some(Declarations):
    some_size_bytes = Int(7, "[1,...]", kafka_default=9, doc="A size.")
    some_time_ms = NullableLong(None, doc="A time.")
    some_names = List(["a"], doc="Names.")
    some_secret = Secret(None, doc="A secret.")
    some_class = Class(None, doc="A class.")


class More(Some):
    another = Int(1, doc="Another.")


def test_the_name_is_the_attribute_with_dots() -> None:
    assert Some.some_size_bytes.name == "some.size.bytes"


def test_the_class_gives_the_declaration_and_an_instance_the_value() -> None:
    assert isinstance(Some.some_size_bytes, Setting)
    assert Some().some_size_bytes == 7


def test_a_default_that_was_read_stands_in_the_instance() -> None:
    some = Some()
    assert some.some_size_bytes == 7
    assert vars(some) == {"some_size_bytes": 7}


def test_a_value_in_the_instance_goes_before_the_default() -> None:
    some = Some()
    vars(some)["some_size_bytes"] = 8
    assert some.some_size_bytes == 8


def test_kafkas_default_is_ours_unless_said_otherwise() -> None:
    assert Some.some_size_bytes.kafka_default == 9
    assert Some.some_size_bytes.differs_from_kafka
    assert Some.some_names.kafka_default == ["a"]
    assert not Some.some_names.differs_from_kafka


def test_settings_are_found_by_kafkas_name_only() -> None:
    assert Some.find("some.size.bytes") is Some.some_size_bytes
    assert Some.find("some_size_bytes") is None
    assert Some.find("find") is None
    assert Some.find("nothing.such") is None


def test_all_settings_are_sorted_and_include_those_of_the_bases() -> None:
    assert [setting.name for setting in More.all_settings()] == [
        "another",
        "some.class",
        "some.names",
        "some.secret",
        "some.size.bytes",
        "some.time.ms",
    ]


def test_an_unknown_name_is_answered_with_a_similar_one() -> None:
    with pytest.raises(InvalidSetting, match=r"^some.size.byte=1: .*did you mean some.size.bytes\?$"):
        Some.require("some.size.byte", "1")


def test_a_value_beyond_its_limits_is_refused_by_name_value_and_limit() -> None:
    with pytest.raises(InvalidSetting, match=r"^some.size.bytes=0: must be at least 1$"):
        Some.some_size_bytes.parse("0")


def test_the_name_in_the_error_may_be_that_of_an_override() -> None:
    with pytest.raises(InvalidSetting, match=r"^listener.name.x.some.size.bytes=0:"):
        Some.some_size_bytes.parse("0", name="listener.name.x.some.size.bytes")


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Some.some_secret.parse("hush")
    assert secret == Password("hush")
    assert secret is not None
    assert secret.value == "hush"
    assert "hush" not in f"{secret} {secret!r} {Some.some_secret.render(secret)}"
