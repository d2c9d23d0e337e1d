"""`python -m compat`: stock clients x scenarios x brokers.

    python -m compat run [--client NAME ...] [--scenario NAME ...] [--against apache-kafka]
    python -m compat list
    python -m compat upstream [--all] [--record]   kafka-python's own integration tests
    python -m compat differential [--help]         every API's answers beside Apache Kafka's

Exit status: 0 nothing failed, 1 a cell failed, 2 what was asked for cannot be done, 130 interrupted.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from compat.brokers.apache_kafka import ApacheKafka
from compat.brokers.broker import Target
from compat.brokers.kawa import Kawa
from compat.brokers.running import RunningBroker
from compat.catalog import Client, Scenario, choose_clients, choose_scenarios
from compat.differential.__main__ import main as differential
from compat.failures import BadUsage
from compat.report import Progress, show_catalog, show_cells, show_upstream
from compat.report_files import RESULTS, record, write_report
from compat.runner import Cell, Outcome, run_cells
from compat.upstream import PASSED, against_kawa
from compat.upstream import record as record_upstream

REPORT = Path("build") / "compat" / "report"
COMMANDS = ("run", "list", "upstream")
AT_ONCE = 4


class OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Without a command it is `run`. Raises: BadUsage."""
    if not arguments or (arguments[0] not in COMMANDS and arguments[0] not in ("-h", "--help")):
        arguments = ["run", *arguments]
    parser = OneLineParser(prog="python -m compat", description="Stock clients x scenarios x brokers.")
    commands = parser.add_subparsers(dest="command", required=True)
    upstream = commands.add_parser("upstream", help="kafka-python's own integration tests")
    upstream.add_argument("--all", action="store_true", help="not only those that are known to pass")
    upstream.add_argument("--record", action="store_true", help=f"add what passes to {PASSED.name}")
    for command, about in (("run", "run cells"), ("list", "what there is")):
        sub = commands.add_parser(command, help=about, description=about)
        sub.add_argument("--client", action="append", default=[], metavar="NAME", help="repeatable")
        sub.add_argument("--language", action="append", default=[], metavar="NAME", help="repeatable")
        sub.add_argument("--scenario", action="append", default=[], metavar="NAME", help="repeatable")
    run = commands.choices["run"]
    run.add_argument("--bootstrap", metavar="HOST:PORT", help="a running broker instead of `kawa serve`")
    run.add_argument("--against", choices=["apache-kafka"], help="the same cells against it, too")
    run.add_argument("--report", type=Path, default=REPORT, metavar="FOLDER", help="default: %(default)s")
    run.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help="cells; default: %(default)s")
    run.add_argument("--record", action="store_true", help=f"write {RESULTS.name}, for the README's table")
    return parser.parse_args(arguments)


def choose_targets(options: argparse.Namespace) -> list[Target]:
    """Raises: BadUsage: there is no such broker here."""
    first: Target = Kawa() if options.bootstrap is None else RunningBroker.at(options.bootstrap)
    if options.against is None:
        return [first]
    reference = ApacheKafka()
    if lacking := reference.lacking():
        raise BadUsage(f"--against {options.against}: {lacking}")
    return [first, reference]


async def run(
    clients: list[Client],
    scenarios: list[Scenario],
    targets: list[Target],
    *,
    at_once: int,
    progress: Progress,
) -> list[Cell]:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        # Only once: the second Ctrl-C must not disturb the clearing up.
        asyncio.get_running_loop().add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    chosen = [(client, scenarios) for client in clients]
    return await run_cells(chosen, targets, at_once=at_once, finished=progress.finished)


def run_upstream(console: Console, options: argparse.Namespace) -> int:
    """Raises: BadUsage."""
    verdict = asyncio.run(against_kawa(every=options.all or options.record))
    show_upstream(console, verdict)
    if options.record:
        record_upstream(verdict)
    return 1 if verdict.broken else 0


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["differential"]:
        return differential(arguments[1:])
    console = Console()
    try:
        options = parse(arguments)
        if options.command == "upstream":
            return run_upstream(console, options)
        clients = choose_clients(options.client, options.language)
        scenarios = choose_scenarios(options.scenario)
        if options.command == "list":
            show_catalog(console, clients, scenarios)
            return 0
        targets = choose_targets(options)
        if options.record and (options.scenario or options.bootstrap):
            raise BadUsage("--record wants every scenario, against Kawa")
    except BadUsage as problem:
        print(f"compat: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("compat: interrupted", file=sys.stderr)
        return 130
    lanes = [(target.name, client.name) for target in targets for client in clients]
    try:
        with Progress(console, lanes, cells_each=len(scenarios)) as progress:
            cells = asyncio.run(run(clients, scenarios, targets, at_once=options.at_once, progress=progress))
    except asyncio.CancelledError:
        print("compat: interrupted", file=sys.stderr)
        return 130
    show_cells(console, cells)
    console.print(f"Report: {write_report(options.report, cells, clients, scenarios)}", highlight=False)
    if options.record:
        record(cells, clients)
    return 1 if any(cell.outcome is Outcome.FAILED for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
