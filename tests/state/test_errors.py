from broker.state.errors import StateError


def test_an_error_is_one_line() -> None:
    assert str(StateError("a\n  b")) == "a b"
