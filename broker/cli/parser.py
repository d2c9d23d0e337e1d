"""argparse with errors of one line, and the arguments that several commands share."""

import argparse
from typing import Any, NoReturn

from broker.cli.errors import CommandError

BOOTSTRAP = "127.0.0.1:9092"
Subparsers = Any  # argparse keeps the type of what add_subparsers() returns to itself


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} ({self.prog} --help tells more)", status=2)


def add_bootstrap(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """`again`: for an action whose command has the option, too; it holds wherever it stands."""
    parser.add_argument(
        "-b",
        "--bootstrap",
        default=argparse.SUPPRESS if again else BOOTSTRAP,
        metavar="HOST:PORT,...",
        help=f"the broker (default: {BOOTSTRAP})",
    )


def pairs(texts: list[str], *, what: str) -> dict[str, str]:
    """`name=value` texts as a dictionary. Raises: CommandError."""
    return dict(name_and_value(text, what=what) for text in texts)


def name_and_value(text: str, *, what: str) -> tuple[str, str]:
    """`name=value`. Raises: CommandError."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise CommandError(f"{what} {text!r}: wanted name=value", status=2)
    return name.strip(), value


def count(text: str) -> int:
    """A number of things, 0 or more, as an argument's type."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"wanted 0 or more, found {text}")
    return number
