"""`python -m compat witnesses`. Exit status: 0 no witness has found anything, 1 one has."""

import argparse

from confluent_kafka import KafkaException
from rich.console import Console

from compat.brokers import kafka_files
from compat.failures import BadUsage, ScenarioFailed
from compat.interrupts import run_until_interrupted
from compat.witnesses import dump, imported, swapped

WITNESSES = {
    "dump": (dump.run, "DumpLogSegments reads Kawa's files"),
    "import": (imported.run, "Kawa takes over a data directory of Apache Kafka's"),
    "swap": (swapped.run, "Apache Kafka serves a partition of Kawa's"),
}


def add_witness_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=list(WITNESSES), help="one of them")


def run(console: Console, options: argparse.Namespace) -> int:
    """Raises: BadUsage: Apache Kafka cannot be had here."""
    if lacking := kafka_files.lacking():
        raise BadUsage(f"witnesses: {lacking}")
    status = 0
    for name, (work, title) in WITNESSES.items():
        if options.only not in {None, name}:
            continue
        try:
            found = run_until_interrupted(work())
            console.print(f"{name}: {title}: {found}", highlight=False)
        except (ScenarioFailed, KafkaException) as problem:
            console.print(f"{name}: {title}: failed: {problem}", style="red", highlight=False, markup=False)
            status = 1
    return status
