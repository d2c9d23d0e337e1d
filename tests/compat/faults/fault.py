"""What a fault may do to a request and to its answer.

A fault is data: the APIs it looks at, and one function for requests or one for answers. The function
changes the message in place and says what is to become of it.
"""

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple

from tests.compat.faults.exchange import Exchange


class Fate(Enum):
    """What becomes of a message."""

    AS_IT_WAS = auto()  # byte for byte
    CHANGED = auto()
    TWICE = auto()  # a request: sent on twice, answered once
    LOST = auto()  # it is not passed on; as answers come in turn, neither is any later answer
    HANG_UP = auto()  # it is not passed on, and the connection is closed


class Instead(NamedTuple):
    """A request is not passed on, but answered with this; None: it is of a kind without answer."""

    answer: Any


def untouched(exchange: Exchange) -> Fate:
    return Fate.AS_IT_WAS


def answered_honestly(exchange: Exchange, answer: Any) -> Fate:
    return Fate.AS_IT_WAS


def kept(data_directory: Path) -> bool:
    return False


class Fault(NamedTuple):
    """One lie. What it has to remember lives as long as it does, whatever connections come and go."""

    name: str
    keys: frozenset[int] = frozenset()
    on_request: Callable[[Exchange], Fate | Instead] = untouched
    on_answer: Callable[[Exchange, Any], Fate] = answered_honestly
    on_kill: Callable[[Path], bool] = kept
    """What a crash does to the data of `kawa serve`; whether it did anything."""
    on_stop: Callable[[Path], bool] = kept


HONEST = Fault("nothing")
