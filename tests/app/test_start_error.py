"""What stops a start is told in one line."""

from broker.app.start_error import StartError


def test_it_is_one_line() -> None:
    assert str(StartError("first\n  second")) == "first second"
