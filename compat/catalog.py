"""What there is: the clients by their folders, the scenarios by their files."""

import importlib
import importlib.util
import pkgutil
import shutil
import sys
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import compat.scenarios
from compat.brokers.broker import BrokerOptions
from compat.failures import BadUsage

if TYPE_CHECKING:
    from compat.lab import Lab

CLIENTS_FOLDER = Path(__file__).parent / "clients"


class Client(NamedTuple):
    """A stock client of one version, and how its driver is built and started.

    In `build` (commands, one after the other) and `command` {build} is where the driver is built, {python}
    the interpreter. `needs` are programs that the machine must have, `shares` folders beside the client's
    that are copied into {build} with what it has in common with others.
    """

    name: str
    version: str
    language: str
    folder: Path
    command: list[str]
    build: Sequence[Sequence[str]] = ()
    shares: Sequence[str] = ()
    needs: Sequence[str] = ()
    python_packages: Sequence[str] = ()

    def lacking(self) -> str | None:
        """What this machine has not got to run the driver; None: all is there."""
        missing = [name for name in self.needs if shutil.which(name) is None]
        missing += [name for name in self.python_packages if importlib.util.find_spec(name) is None]
        return f"needs {', '.join(missing)}" if missing else None

    def folders(self) -> dict[str, Path]:
        """What a build is a copy of, by where it goes in there."""
        return {".": self.folder} | {name: self.folder.parent / name for name in self.shares}

    def filled(self, word: str, *, build: Path) -> str:
        return word.replace("{python}", sys.executable).replace("{build}", str(build))

    def command_in(self, build: Path) -> list[str]:
        return [self.filled(word, build=build) for word in self.command]


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
    """By their folders; what a `client.toml` may say are the fields of `Client`."""
    paths = sorted(CLIENTS_FOLDER.glob("*/client.toml"))
    return [Client(folder=path.parent, **tomllib.loads(path.read_text())) for path in paths]


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


def choose_clients(names: Sequence[str] = (), languages: Sequence[str] = ()) -> list[Client]:
    """All, or those named, or in these languages. Raises: BadUsage."""
    known = {client.name: client for client in clients()}
    if unknown := [name for name in names if name not in known]:
        raise BadUsage(f"unknown client {unknown[0]}; there are {', '.join(known)}")
    spoken = {client.language for client in known.values()}
    if unknown := [language for language in languages if language not in spoken]:
        raise BadUsage(f"no client in {unknown[0]}; there are some in {', '.join(sorted(spoken))}")
    chosen = [client for client in known.values() if client.name in names or client.language in languages]
    return chosen if names or languages else list(known.values())


def choose_scenarios(names: list[str]) -> list[Scenario]:
    """All, or those named, by a row's name or by its file's. Raises: BadUsage."""
    every = scenarios()
    files = list(dict.fromkeys(row.name.partition("/")[0] for row in every))
    known = {row.name for row in every} | set(files)
    if unknown := [name for name in names if name not in known]:
        raise BadUsage(f"unknown scenario {unknown[0]}; there are {', '.join(files)}")
    return [row for row in every if not names or {row.name, row.name.partition("/")[0]} & set(names)]
