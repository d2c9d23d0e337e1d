"""The table of APIs says what is really there."""

import inspect
from importlib import import_module

import pytest

from broker.handlers import APIS, Api
from broker.protocol.messages import MESSAGES, request_class
from broker.protocol.versions import Versions


@pytest.mark.parametrize("key", APIS)
def test_every_row_has_kafkas_name_and_versions_that_its_messages_have(key: int) -> None:
    api, messages = APIS[key], MESSAGES[key]
    assert api.name == messages.name
    assert api.answered.within(Versions.parse(messages.versions)) == api.answered


@pytest.mark.parametrize("key", APIS)
def test_every_row_has_a_function_that_takes_its_request(key: int) -> None:
    api = APIS[key]
    function = getattr(import_module(f"broker.handlers.{api.module}"), api.function)
    first, second, third = inspect.signature(function).parameters.values()
    taken = first.annotation if isinstance(first.annotation, str) else first.annotation.__name__
    assert taken == request_class(key).__name__
    assert (second.name, third.name) == ("context", "broker")


def test_the_table_is_ordered_by_key() -> None:
    assert list(APIS) == sorted(APIS)


def test_what_is_shown_is_what_is_answered_unless_the_row_says_otherwise() -> None:
    api = Api("Produce", "produce", "produce", "3-13", advertised="0-13")
    assert (api.answered, api.shown) == (Versions(3, 13), Versions(0, 13))
    assert Api("Fetch", "fetch", "fetch", "4-18").shown == Versions(4, 18)
