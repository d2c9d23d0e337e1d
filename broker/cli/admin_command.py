"""What commands that administer a cluster have in common: actions of one shape, a client for each run."""

import argparse
from typing import Any

from broker.cli import client
from broker.cli.parser import Subparsers, add_bootstrap


def add_action(actions: Subparsers, name: str, function: Any, summary: str) -> argparse.ArgumentParser:
    """`function` is given a `KafkaAdminClient` and the arguments."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    parser.set_defaults(action=function)
    add_bootstrap(parser, again=True)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    return parser


def run_action(arguments: argparse.Namespace) -> int:
    """The exit status. Raises: CommandError: what went wrong, in one line."""
    with client.errors_in_one_line():
        admin = client.admin_client(arguments.bootstrap)
        try:
            arguments.action(admin, arguments)
        finally:
            admin.close()
    return 0
