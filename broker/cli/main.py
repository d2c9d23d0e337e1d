"""The `kawa` command: finds the subcommand, imports it alone, and turns errors into one line.

`kawa serve` comes first and goes past argparse (10 ms of imports): a start is measured in
milliseconds. Exit status: 0 done, 1 it did not work, 2 it was asked wrongly, 130 interrupted.
"""

import sys
from typing import TYPE_CHECKING, NamedTuple

from broker.cli.errors import CommandError

if TYPE_CHECKING:
    from types import ModuleType


class Command(NamedTuple):
    """A subcommand: the module with its `register(subparsers)` and `run(args)`, and one line of help."""

    module: str
    summary: str


COMMANDS = {
    "serve": Command("broker.cli.serve", "start a broker"),
    "topics": Command("broker.cli.topics", "list, describe, create, delete and grow topics"),
    "groups": Command("broker.cli.groups", "list, describe and delete groups, reset their offsets"),
    "produce": Command("broker.cli.produce", "send lines of standard input to a topic"),
    "consume": Command("broker.cli.consume", "print the records of a topic"),
    "log": Command("broker.cli.log", "look into a data directory: dump, verify, find, sizes, repair"),
    "import": Command("broker.cli.import_kafka", "take over a data directory of Apache Kafka"),
    "settings": Command("broker.cli.settings", "every setting, its value and what it means"),
    "health": Command("broker.cli.health", "exit status 0 if a broker answers"),
}


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except CommandError as error:
        print(f"kawa: {error}", file=sys.stderr)
        return error.status
    except BrokenPipeError:
        # Whoever read our output has seen enough (`kawa consume | head`); nothing more can be told.
        _abandon_stdout()
        return 0
    except OSError as error:
        # What is not expected to fail, such as printing onto a full disk.
        print(f"kawa: {error.filename or 'writing'}: {error.strerror or error}", file=sys.stderr)
        _abandon_stdout()
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if arguments[0] in ("-V", "--version"):
        print(f"kawa {version()}")
        return 0
    name = arguments[0]
    if name == "serve" and not {"-h", "--help"} & set(arguments):
        from broker.cli.serve import run_arguments

        return run_arguments(arguments[1:])
    command = COMMANDS.get(name)
    if command is None:
        raise CommandError(f"no command {name!r}; there are {', '.join(COMMANDS)}", status=2)
    return _run_parsed(_module(command), arguments)


def _run_parsed(module: "ModuleType", arguments: list[str]) -> int:
    from broker.cli.parser import OneLineParser

    parser = OneLineParser(prog="kawa")
    module.register(parser.add_subparsers(dest="command", required=True))
    return int(module.run(parser.parse_args(arguments)))


def _module(command: Command) -> "ModuleType":
    from importlib import import_module

    return import_module(command.module)


def help_text() -> str:
    rows = [f"  {name:<10}{command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: kawa COMMAND ...",
            "",
            "A Kafka broker in Python. `kawa serve` starts one on 127.0.0.1:9092.",
            "",
            *rows,
            "",
            "kawa COMMAND --help tells more; kawa --version tells the version.",
        ]
    )


def version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kawa")
    except PackageNotFoundError:
        return "(not installed)"


def _abandon_stdout() -> None:
    """Keep the interpreter from flushing into the closed pipe when it ends."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
