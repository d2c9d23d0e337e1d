"""argparse with errors of one line, and the arguments that several commands share."""

import argparse
from typing import Any, NoReturn

from broker.cli.errors import CommandError

Subparsers = Any  # argparse keeps the type of what add_subparsers() returns to itself


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} ({self.prog} --help tells more)", status=2)


def add_bootstrap(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-b",
        "--bootstrap",
        default="127.0.0.1:9092",
        metavar="HOST:PORT,...",
        help="the broker (default: %(default)s)",
    )


def pairs(texts: list[str], *, what: str) -> dict[str, str]:
    """`name=value` texts as a dictionary. Raises: CommandError."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise CommandError(f"{what} {text!r}: wanted name=value", status=2)
        found[name.strip()] = value
    return found
