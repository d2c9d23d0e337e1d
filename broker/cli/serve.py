"""`kawa serve`: what the command line says, checked and handed to the app.

The options are read without argparse, which takes longer to import than the rest of this file;
it is only used to print the help, from the same table.
"""

from typing import TYPE_CHECKING, NamedTuple

from broker.cli.errors import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from broker.cli.parser import Subparsers


class Option(NamedTuple):
    """One option. `metavar` None: a switch; `choices`: what it may be, separated by spaces."""

    summary: str
    metavar: str | None = None
    repeatable: bool = False
    choices: str = ""


OPTIONS = {
    "--host": Option("address to listen on (default: 127.0.0.1 and, where present, ::1)", "HOST"),
    "--port": Option("port to listen on; 0 picks a free one (default: 9092)", "PORT"),
    "--data-dir": Option("where records and state are kept (default: ./kawa-data)", "DIR"),
    "--memory": Option("keep nothing: no file is written"),
    "--brokers": Option("so many nodes in this process, on PORT, PORT+1, ... (default: 1)", "N"),
    "--topic": Option("a topic to make at the start, NAME:PARTITIONS[:KEY=VALUE,...]", "TOPIC", True),
    "--set": Option(
        "any setting of Kafka's or Kawa's, such as log.segment.bytes=1048576", "NAME=VALUE", True
    ),
    "--config": Option("settings from a file: TOML, or Kafka's server.properties", "FILE"),
    "--ready-json": Option("one JSON line on stdout once the broker answers"),
    "--log-level": Option(
        "least level of what is told on stderr", "LEVEL", choices="debug info warning error"
    ),
}


class Arguments(NamedTuple):
    """The options as given; what was not given is None or empty."""

    host: str | None = None
    port: int | None = None
    data_dir: str | None = None
    memory: bool = False
    brokers: int = 1
    topics: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    config: str | None = None
    ready_json: bool = False
    log_level: str = "info"


def run_arguments(arguments: list[str]) -> int:
    """The way of `kawa serve`: no argparse."""
    return serve(parse(arguments))


def register(subparsers: "Subparsers") -> None:
    """The way of `kawa serve --help`."""
    parser = subparsers.add_parser("serve", help="start a broker", description="Start a broker.")
    for name, option in OPTIONS.items():
        if option.metavar is None:
            parser.add_argument(name, help=option.summary, action="store_true")
        else:
            more = f": {', '.join(option.choices.split())}" if option.choices else ""
            parser.add_argument(name, help=option.summary + more, metavar=option.metavar)


def run(arguments: "argparse.Namespace") -> int:
    """Never reached: argparse has printed the help and left."""
    raise CommandError(f"unexpected {arguments}", status=2)


def parse(arguments: list[str]) -> Arguments:
    """Raises: CommandError: one line that names the option, the value and what is allowed."""
    given: dict[str, list[str]] = {}
    waiting = iter(arguments)
    for word in waiting:
        name, sign, value = word.partition("=")
        option = OPTIONS.get(name)
        if option is None:
            raise CommandError(f"no option {word!r}; kawa serve --help shows what there is", status=2)
        if option.metavar is None:
            if sign:
                raise CommandError(f"{name} takes no value, it got {value!r}", status=2)
        elif not sign:
            value = _next_value(name, option, waiting)
        if name in given and not option.repeatable:
            raise CommandError(f"{name} was given twice", status=2)
        if option.choices and value not in option.choices.split():
            raise CommandError(f"{name} {value!r}: wanted one of {option.choices}", status=2)
        given.setdefault(name, []).append(value)
    return _arguments(given)


def _next_value(name: str, option: Option, waiting: "Iterator[str]") -> str:
    value = next(waiting, None)
    if value is None:
        raise CommandError(f"{name} wants a value: {option.metavar}", status=2)
    return value


def _arguments(given: dict[str, list[str]]) -> Arguments:
    def one(name: str) -> str | None:
        return given[name][0] if name in given else None

    port = one("--port")
    return Arguments(
        host=one("--host"),
        port=None if port is None else _number("--port", port, least=0, most=65_535),
        data_dir=one("--data-dir"),
        memory="--memory" in given,
        brokers=_number("--brokers", one("--brokers") or "1", least=1, most=100),
        topics=tuple(given.get("--topic", [])),
        settings=tuple(_setting(text) for text in given.get("--set", [])),
        config=one("--config"),
        ready_json="--ready-json" in given,
        log_level=one("--log-level") or "info",
    )


def _number(name: str, text: str, *, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise CommandError(f"{name} {text!r}: wanted a number from {least} to {most}", status=2)
    return int(text)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise CommandError(f"--set {text!r}: wanted NAME=VALUE", status=2)
    return name.strip(), value
