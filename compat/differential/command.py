"""`python -m compat differential`: Kawa beside Apache Kafka, answer by answer.

Exit status: 0 nothing differs that is not known, 1 something does, or a known difference has vanished.
"""

import argparse
import subprocess

from rich.console import Console

from broker.protocol.messages import MESSAGES
from compat.brokers import kafka_files
from compat.differential.known import KnownDifferences, load
from compat.differential.report import has_failed, told
from compat.differential.run import Laboratory, Plan, Result, both_brokers
from compat.failures import BadUsage, ScenarioFailed
from compat.interrupts import run_until_interrupted

SEED = 1
SEQUENCES = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=SEED, help="of the sequences; default: %(default)s")
    parser.add_argument("--sequences", type=int, default=SEQUENCES, metavar="N", help="default: %(default)s")
    parser.add_argument("--api", action="append", default=[], metavar="NAME", help="only it; repeatable")
    parser.add_argument("--version", type=int, metavar="N", help="only cases of this version")
    parser.add_argument("--no-shrink", action="store_true", help="show failing sequences as they are")


def plan_of(options: argparse.Namespace) -> Plan:
    """Raises: BadUsage."""
    names = {api.name for api in MESSAGES.values()}
    if unknown := [name for name in options.api if name not in names]:
        raise BadUsage(f"unknown API {unknown[0]}; there are {', '.join(sorted(names))}")
    return Plan(
        seed=options.seed,
        sequences=options.sequences,
        apis=frozenset(options.api),
        version=options.version,
        shrinks=not options.no_shrink,
    )


def run(console: Console, options: argparse.Namespace) -> int:
    """Raises: BadUsage: Apache Kafka cannot be had here."""
    plan = plan_of(options)
    if lacking := kafka_files.lacking():
        raise BadUsage(f"differential: {lacking}")
    try:
        result = run_until_interrupted(compare(plan, console))
    except (ScenarioFailed, OSError, subprocess.SubprocessError) as problem:
        raise BadUsage(f"differential: {problem}") from None
    for line in told(result, is_everything=plan.is_everything):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 1 if has_failed(result, is_everything=plan.is_everything) else 0


async def compare(plan: Plan, console: Console) -> Result:
    known = KnownDifferences(load())
    with console.status("starting Apache Kafka and Kawa") as status:
        async with both_brokers() as connect:
            return await Laboratory(connect, known).carry_out(
                plan, lambda done, total: status.update(f"{done} of {total} episodes")
            )
