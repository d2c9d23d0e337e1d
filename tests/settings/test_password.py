"""A secret shows itself nowhere."""

from broker.settings.password import HIDDEN, Password


def test_a_secret_is_hidden_from_whoever_prints_it() -> None:
    secret = Password("hush")
    assert f"{secret} {secret!r}" == f"{HIDDEN} {HIDDEN}"
    assert secret.value == "hush"


def test_equal_secrets_are_equal_and_have_one_hash() -> None:
    assert {Password("a"), Password("a"), Password("b")} == {Password("a"), Password("b")}
    assert Password("a") != "a"
