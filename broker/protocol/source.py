"""Python source in the making: lines, indentation, names that do not clash, constants."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SHORT_LIST = 16
"""Lists with fewer items than this have a struct of their own."""


def list_methods(kind: str, method: str) -> tuple[Any, ...]:
    return tuple(getattr(struct.Struct(list_format(kind, count)), method) for count in range(SHORT_LIST))


def list_format(kind: str, count: int) -> str:
    """The format of so many items, which have no padding between them."""
    return f">{count}{kind}" if len(kind) == 1 else ">" + kind * count


class Source:
    """One generated function."""

    def __init__(self, head: str, **constants: Any) -> None:
        self._lines = [head]
        self._depth = 1
        self._numbers = 0
        self._constants = constants
        self._structs: dict[tuple[str, str], str] = {}

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self, prefix: str) -> str:
        """A local variable that nobody else has."""
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    def constant(self, prefix: str, value: Any) -> str:
        """A name by which the function finds `value`."""
        name = self.name(prefix)
        self._constants[name] = value
        return name

    def struct(self, formats: str, method: str) -> str:
        """A name for that method of the `struct.Struct`; the same one for the same formats."""
        name = self._structs.get((formats, method))
        if name is None:
            name = self.constant(method, getattr(struct.Struct(">" + formats), method))
            self._structs[formats, method] = name
        return name

    def list_structs(self, kind: str, method: str) -> str:
        """A name for that method of the `struct.Struct`s of 0, 1, 2, ... items of `kind`."""
        name = self._structs.get((f"[]{kind}", method))
        if name is None:
            name = self.constant(f"{method}_list", list_methods(kind, method))
            self._structs[f"[]{kind}", method] = name
        return name

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def function(self, name: str, shown_as: str) -> Callable[..., Any]:
        """The function, compiled; `shown_as` stands in tracebacks instead of a file's name."""
        namespace = dict(self._constants)
        exec(compile(self.text(), f"<{shown_as}>", "exec"), namespace)
        compiled: Callable[..., Any] = namespace[name]
        return compiled
