"""`python -m compat crash [--cycles N] [--seed N]`."""

import argparse

from rich.console import Console

from compat.brokers.broker import BrokerOptions
from compat.brokers.kawa import KawaBroker
from compat.crash.run import Verdict, crash_again_and_again
from compat.interrupts import run_until_interrupted

TOLD_EVERY = 25
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cycles", type=int, default=1_000, help="how often it is killed")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")


def run(console: Console, options: argparse.Namespace) -> int:
    def told(cycle: int, acknowledged: int) -> None:
        if cycle % TOLD_EVERY == 0:
            console.print(f"{cycle} of {options.cycles} kills, {acknowledged} records acknowledged")

    async def work() -> Verdict:
        async with KawaBroker(BrokerOptions()) as broker:
            return await crash_again_and_again(broker, cycles=options.cycles, seed=options.seed, told=told)

    verdict = run_until_interrupted(work())
    for text in verdict.wrong[:SHOWN]:
        console.print(text, style="red", highlight=False)
    console.print(str(verdict), highlight=False)
    return 1 if verdict.wrong else 0
