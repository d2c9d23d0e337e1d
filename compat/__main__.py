"""`python -m compat`: stock clients x scenarios x brokers.

    python -m compat run [--client NAME ...] [--scenario NAME ...] [--against apache-kafka]
    python -m compat list
    python -m compat upstream [--all] [--record]   kafka-python's own integration tests
    python -m compat differential [--help]         every API's answers beside Apache Kafka's
    python -m compat crash [--cycles N]            SIGKILL again and again under load
    python -m compat witnesses                     Apache Kafka reads Kawa's files, and the reverse

Exit status: 0 nothing failed, 1 something did, 2 what was asked for cannot be done, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Callable

from rich.console import Console

from compat.arguments import parse
from compat.brokers.apache_kafka import ApacheKafka
from compat.brokers.broker import Target
from compat.brokers.kawa import Kawa
from compat.brokers.running import RunningBroker
from compat.catalog import choose_clients, choose_scenarios
from compat.crash.command import run as run_crash
from compat.differential.command import run as run_differential
from compat.failures import BadUsage
from compat.interrupts import run_until_interrupted
from compat.progress import LiveTable
from compat.report import show_catalog, show_cells, show_upstream
from compat.report_files import make_folder, record, write_report
from compat.runner import Outcome, run_cells
from compat.upstream import against_kawa
from compat.upstream import record as record_upstream
from compat.witnesses.command import run as run_witnesses


def run(console: Console, options: argparse.Namespace) -> int:
    """Raises: BadUsage."""
    clients = choose_clients(options.client, options.language)
    scenarios = choose_scenarios(options.scenario)
    if options.record and (options.scenario or options.bootstrap):
        raise BadUsage("--record wants every scenario, against Kawa")
    targets = choose_targets(options)
    make_folder(options.report)
    chosen = [(client, scenarios) for client in clients]
    lanes = [(target.name, client.name) for target in targets for client in clients]
    with LiveTable(console, lanes, cells_each=len(scenarios)) as table:
        work = run_cells(chosen, targets, at_once=options.at_once, watcher=table)
        cells = run_until_interrupted(work)
    show_cells(console, cells)
    console.print(f"Report: {write_report(options.report, cells, clients, scenarios)}", highlight=False)
    if options.record:
        record(cells, clients)
    return 1 if any(cell.outcome is Outcome.FAILED for cell in cells) else 0


def choose_targets(options: argparse.Namespace) -> list[Target]:
    """Raises: BadUsage: there is no such broker here."""
    first: Target = Kawa() if options.bootstrap is None else RunningBroker.at(options.bootstrap)
    if options.against is None:
        return [first]
    reference = ApacheKafka()
    if lacking := reference.lacking():
        raise BadUsage(f"--against {options.against}: {lacking}")
    return [first, reference]


def show_list(console: Console, options: argparse.Namespace) -> int:
    """Raises: BadUsage."""
    clients = choose_clients(options.client, options.language)
    show_catalog(console, clients, choose_scenarios(options.scenario))
    return 0


def run_upstream(console: Console, options: argparse.Namespace) -> int:
    """Raises: BadUsage."""
    verdict = run_until_interrupted(against_kawa(every=options.all or options.record))
    show_upstream(console, verdict)
    if options.record:
        record_upstream(verdict)
    return 1 if verdict.broken else 0


COMMANDS: dict[str, Callable[[Console, argparse.Namespace], int]] = {
    "run": run,
    "list": show_list,
    "upstream": run_upstream,
    "differential": run_differential,
    "crash": run_crash,
    "witnesses": run_witnesses,
}


def main(arguments: list[str]) -> int:
    try:
        options = parse(arguments)
        return COMMANDS[options.command](Console(), options)
    except BadUsage as problem:
        print(f"compat: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("compat: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
