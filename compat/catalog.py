"""What there is: the clients by their folders, the scenarios by their files."""

import importlib
import importlib.util
import pkgutil
import sys
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import compat.scenarios
from compat.broker_process import BrokerOptions
from compat.failures import BadUsage

if TYPE_CHECKING:
    from compat.lab import Lab

CLIENTS_FOLDER = Path(__file__).parent / "clients"


class Client(NamedTuple):
    """A stock client, and how its driver is started."""

    name: str
    command: list[str]
    python_packages: list[str]

    def lacking(self) -> str | None:
        """What this machine has not got to run the driver; None: all is there."""
        missing = [name for name in self.python_packages if importlib.util.find_spec(name) is None]
        return f"needs {', '.join(missing)}" if missing else None


class Scenario(NamedTuple):
    """One row of the table.

    `needs`: the features that a client must have. `broker`: a scenario that stops brokers, or
    wants several or other settings, gets one of its own; None: any broker will do.
    """

    name: str
    title: str
    run: "Callable[[Lab], Awaitable[None]]"
    variant: str
    needs: frozenset[str]
    broker: BrokerOptions | None


def clients() -> list[Client]:
    found = []
    for path in sorted(CLIENTS_FOLDER.glob("*/client.toml")):
        described = tomllib.loads(path.read_text())
        command = [word.replace("{python}", sys.executable) for word in described["command"]]
        found.append(Client(described["name"], command, described.get("python_packages", [])))
    return found


def scenarios() -> list[Scenario]:
    found: list[Scenario] = []
    for module in pkgutil.iter_modules(compat.scenarios.__path__):
        found += _scenarios_of(module.name)
    return found


def _scenarios_of(module_name: str) -> list[Scenario]:
    """A module has `run`, and may have NEEDS, BROKER and VARIANTS (variant -> what it needs too)."""
    module = importlib.import_module(f"compat.scenarios.{module_name}")
    title = (module.__doc__ or "").strip().splitlines()[0]
    needs: frozenset[str] = getattr(module, "NEEDS", frozenset())
    variants: dict[str, set[str]] = getattr(module, "VARIANTS", {"": set()})
    return [
        Scenario(
            name=f"{module_name}/{variant}" if variant else module_name,
            title=title,
            run=module.run,
            variant=variant,
            needs=needs | more,
            broker=getattr(module, "BROKER", None),
        )
        for variant, more in variants.items()
    ]


def choose_clients(names: list[str]) -> list[Client]:
    """All, or those named. Raises: BadUsage."""
    known = {client.name: client for client in clients()}
    if unknown := [name for name in names if name not in known]:
        raise BadUsage(f"unknown client {unknown[0]}; there are {', '.join(known)}")
    return [client for name, client in known.items() if not names or name in names]


def choose_scenarios(names: list[str]) -> list[Scenario]:
    """All, or those named, by a row's name or by its file's. Raises: BadUsage."""
    every = scenarios()
    known = {row.name for row in every} | {row.name.partition("/")[0] for row in every}
    if unknown := [name for name in names if name not in known]:
        raise BadUsage(f"unknown scenario {unknown[0]}; --list shows what there is")
    return [row for row in every if not names or {row.name, row.name.partition("/")[0]} & set(names)]
