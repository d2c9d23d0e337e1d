"""What is made when it is first asked for, so that a start need not import what it takes."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class OnDemand(Generic[T]):
    """`made` is None until then."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self.made: T | None = None

    def get(self) -> T:
        if self.made is None:
            self.made = self._make()
        return self.made
