"""An action has a client while it runs, and none afterwards, whatever comes of it."""

import argparse
import sys
from typing import Any

import pytest

from broker.cli import client
from broker.cli.admin_command import add_action, run_action
from broker.cli.errors import CommandError


class Admin:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Admin:
    made = Admin()
    monkeypatch.setattr(client, "admin_client", lambda bootstrap: made)
    return made


def show(admin: Any, arguments: argparse.Namespace) -> None:
    assert not admin.is_closed
    sys.stdout.write("json" if arguments.json else "table")


def refuse(admin: Any, arguments: argparse.Namespace) -> None:
    raise CommandError("not so")


def parsed(function: Any, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.set_defaults(bootstrap="127.0.0.1:9092")
    add_action(parser.add_subparsers(), "act", function, "what it does")
    return parser.parse_args(["act", *words])


@pytest.mark.parametrize(("words", "shown"), [([], "table"), (["--json"], "json")])
def test_an_action_is_given_a_client_which_is_closed_behind_it(
    admin: Admin, words: list[str], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_action(parsed(show, *words)) == 0
    assert capsys.readouterr().out == shown
    assert admin.is_closed


def test_the_client_is_closed_also_when_the_action_fails(admin: Admin) -> None:
    with pytest.raises(CommandError):
        run_action(parsed(refuse))
    assert admin.is_closed
