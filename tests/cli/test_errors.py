"""Errors of commands are one line."""

from broker.cli.errors import CommandError


def test_a_message_is_one_line() -> None:
    error = CommandError("first\n  second", status=2)
    assert str(error) == "first second"
    assert error.status == 2
