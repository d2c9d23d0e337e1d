"""`python -m compat`: stock clients x scenarios against a broker.

Exit status: 0 nothing failed, 1 a cell failed, 2 what was asked for cannot be done.
"""

import argparse
import asyncio
import signal
import socket
import sys
from typing import NoReturn

from rich.console import Console

from compat.catalog import Client, Scenario, choose_clients, choose_scenarios
from compat.failures import BadUsage
from compat.report import show_catalog, show_cells, show_progress
from compat.runner import Cell, Outcome, run_cells


class OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = OneLineParser(prog="python -m compat", description="Stock clients x scenarios against a broker.")
    parser.add_argument(
        "--client", action="append", default=[], metavar="NAME", help="only this one; repeatable"
    )
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="NAME", help="the same; repeatable"
    )
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="a running broker instead of `kawa serve`")
    parser.add_argument("--list", action="store_true", help="what there is")
    return parser.parse_args(arguments)


def check_bootstrap(address: str) -> None:
    """Raises: BadUsage: nobody answers there."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise BadUsage(f"--bootstrap {address}: wanted HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise BadUsage(f"--bootstrap {address}: {error}") from None


async def run(
    clients: list[Client], scenarios: list[Scenario], *, bootstrap: str | None, console: Console
) -> list[Cell]:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        # Only once: the second Ctrl-C must not disturb the clearing up.
        asyncio.get_running_loop().add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    return await run_cells(
        [(client, scenarios) for client in clients],
        bootstrap=bootstrap,
        finished=lambda cell: show_progress(console, cell),
    )


def main(arguments: list[str]) -> int:
    console = Console()
    try:
        options = parse(arguments)
        clients, scenarios = choose_clients(options.client), choose_scenarios(options.scenario)
        if options.list:
            show_catalog(console, clients, scenarios)
            return 0
        if options.bootstrap is not None:
            check_bootstrap(options.bootstrap)
    except BadUsage as problem:
        print(f"compat: {problem}", file=sys.stderr)
        return 2
    try:
        cells = asyncio.run(run(clients, scenarios, bootstrap=options.bootstrap, console=console))
    except asyncio.CancelledError:
        print("compat: interrupted", file=sys.stderr)
        return 130
    show_cells(console, cells)
    return 1 if any(cell.outcome is Outcome.FAILED for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
