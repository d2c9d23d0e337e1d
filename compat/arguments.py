"""What may be said on the command line of `python -m compat`."""

import argparse
from pathlib import Path
from typing import NoReturn

from compat.crash.command import add_arguments
from compat.differential.command import add_options
from compat.failures import BadUsage
from compat.report_files import RESULTS
from compat.upstream import PASSED
from compat.witnesses.command import add_witness_options

REPORT = Path("build") / "compat" / "report"
AT_ONCE = 4


class OneLineParser(argparse.ArgumentParser):
    """Raises `BadUsage` where argparse would print its usage and exit."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Without a command it is `run`. Raises: BadUsage."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["run", *arguments]
    parser = OneLineParser(
        prog="python -m compat",
        description="Stock clients x scenarios x brokers.",
        epilog="Exit status: 0 nothing failed, 1 something did, 2 it cannot be done, 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run cells (this is what is done without a command)")
    listing = commands.add_parser("list", help="what clients and scenarios there are")
    for sub in (run, listing):
        sub.add_argument("--client", action="append", default=[], metavar="NAME", help="repeatable")
        sub.add_argument("--language", action="append", default=[], metavar="NAME", help="repeatable")
        sub.add_argument("--scenario", action="append", default=[], metavar="NAME", help="repeatable")
    run.add_argument("--bootstrap", metavar="HOST:PORT", help="a running broker instead of `kawa serve`")
    run.add_argument("--against", choices=["apache-kafka"], help="the same cells against it, too")
    run.add_argument("--report", type=Path, default=REPORT, metavar="FOLDER", help="default: %(default)s")
    run.add_argument(
        "--at-once", type=_count, default=AT_ONCE, metavar="N", help="cells; default: %(default)s"
    )
    run.add_argument("--record", action="store_true", help=f"write {RESULTS.name}, for the README's table")
    upstream = commands.add_parser("upstream", help="kafka-python's own integration tests")
    upstream.add_argument("--all", action="store_true", help="not only those that are known to pass")
    upstream.add_argument("--record", action="store_true", help=f"add what passes to {PASSED.name}")
    add_options(commands.add_parser("differential", help="every API's answers beside Apache Kafka's"))
    add_arguments(commands.add_parser("crash", help="SIGKILL again and again under load"))
    add_witness_options(
        commands.add_parser("witnesses", help="Apache Kafka reads Kawa's files, and the reverse")
    )
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"wanted 1 or more, found {text}")
    return count
