"""`kawa serve`: what the command line says, checked and handed to the app.

The options are read without argparse, which takes longer to import than the rest of this file;
it is only used to print the help, from the same table.
"""

import gc
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from broker.cli.errors import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from broker.app.process import Process
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
    "--durability": Option(
        "when a record is acknowledged: handed to the system, or on the disk (default: page-cache)",
        "WHEN",
        choices="page-cache fsync",
    ),
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


SAME_AS = {
    "--data-dir": "log.dirs",
    "--durability": "kawa.durability",
    "--brokers": "kawa.brokers",
    "--log-level": "kawa.log.level",
}
MOST_PORT = 65_535


class Arguments(NamedTuple):
    """What was given, as settings; and what is no setting."""

    settings: tuple[tuple[str, str], ...] = ()
    config: str | None = None
    ready_json: bool = False


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
    settings: list[tuple[str, str]] = []
    if "--host" in given or "--port" in given:
        port = _port((given.get("--port") or ["9092"])[0])
        settings.append(("listeners", f"PLAINTEXT://{_host(given)}:{port}"))
    if "--memory" in given and "--data-dir" in given:
        raise CommandError("--memory writes no file: nothing is kept in --data-dir", status=2)
    if "--memory" in given:
        settings.append(("kawa.memory", "true"))
    if "--topic" in given:
        settings.append(("kawa.topics", _topics(given["--topic"])))
    for option, name in SAME_AS.items():
        if option in given:
            settings.append((name, given[option][0]))
    return Arguments(
        settings=(*settings, *_set_by_name(given.get("--set", []), others=dict(settings))),
        config=given["--config"][0] if "--config" in given else None,
        ready_json="--ready-json" in given,
    )


def _host(given: dict[str, list[str]]) -> str:
    """Without --host both loopback addresses, which the app knows by the name of localhost."""
    host = (given.get("--host") or ["localhost"])[0]
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_PORT):
        raise CommandError(f"--port {text!r}: wanted a number from 0 to {MOST_PORT}", status=2)
    return int(text)


def _topics(texts: list[str]) -> str:
    for text in texts:
        if len(text.split()) != 1:
            raise CommandError(
                f"--topic {text!r}: wanted NAME:PARTITIONS[:KEY=VALUE,...], no blanks", status=2
            )
    return " ".join(texts)


def _set_by_name(texts: list[str], *, others: dict[str, str]) -> "Iterator[tuple[str, str]]":
    """What --set says: each setting once, and none that an option of its own has given."""
    given = dict(others)
    for text in texts:
        name, sign, value = text.partition("=")
        name = name.strip()
        if not sign or not name:
            raise CommandError(f"--set {text!r}: wanted NAME=VALUE", status=2)
        if given.setdefault(name, value) != value or name in others:
            raise CommandError(f"--set {text!r}: another option has set it to {given[name]!r}", status=2)
        yield name, value


def serve(arguments: Arguments) -> int:
    """Run a broker until it is told to stop."""
    if sys.platform == "win32":
        raise CommandError("Kawa runs on Linux and macOS, not on Windows; WSL or the image will do")
    gc.disable()  # a start makes hardly any garbage, and a collection costs milliseconds
    import_asyncio()
    from broker.app.serve import serve_until_stopped
    from broker.app.start_error import StartError
    from broker.settings.broker import BrokerSettings
    from broker.settings.errors import InvalidSetting
    from broker.settings.sources import gather

    try:
        gathered = gather(
            command_line=arguments.settings,
            environment=os.environ,
            file=arguments.config,
        )
        settings = BrokerSettings.from_values(gathered.values)
        announce = ready_json if arguments.ready_json else ready_line
        serve_until_stopped(settings, warnings=gathered.warnings, announce=announce)
    except InvalidSetting as error:
        raise CommandError(str(error), status=2) from None
    except StartError as error:
        raise CommandError(str(error)) from None
    return 0


def import_asyncio() -> None:
    """asyncio imports ssl (8 ms, 3 MB) for connections that it would encrypt; no listener here does that."""
    hidden = [name for name in ("ssl",) if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python itself says "not to be had"
    try:
        import asyncio  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


def ready_line(process: "Process") -> None:
    """One line for people: where to connect, and where clients are sent then if that is elsewhere."""
    where = "in memory" if process.data_directory is None else f"data in {process.data_directory}"
    if process.advertised != process.bootstrap_servers:
        where += f"; clients are told {process.advertised}"
    print(f"Kawa answers at {process.bootstrap_servers} ({where})", flush=True)


def ready_json(process: "Process") -> None:
    """Written by hand: `import json` would cost a start 3 ms."""
    nodes = ",".join(
        f'{{"node_id":{node.node_id},"host":{quoted(node.host)},"port":{node.port}}}'
        for node in process.nodes
    )
    directory = "null" if process.data_directory is None else quoted(process.data_directory)
    print(
        f'{{"event":"ready","bootstrap_servers":{quoted(process.bootstrap_servers)},"brokers":[{nodes}],'
        f'"data_dir":{directory},"pid":{os.getpid()}}}',
        flush=True,
    )


def quoted(text: str) -> str:
    """A JSON string; what ASCII does not print becomes escapes."""
    if text.isascii() and text.isprintable() and not {'"', "\\"} & set(text):
        return f'"{text}"'
    import json

    return json.dumps(text)
