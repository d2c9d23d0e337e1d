"""What a broker will need soon, imported and compiled while nobody is waiting.

A start imports no handler and compiles no codec. The first client would pay for them one by one;
if none comes within a moment, they are prepared here in small slices.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from broker.clock import Clock
from broker.handlers import APIS
from broker.handlers.context import Broker

QUIET_MS = 250  # after the start, so that a client that is already knocking comes first
BETWEEN_MS = 5
SOON = (18, 3, 22, 0, 1, 2)  # ApiVersions, Metadata, InitProducerId, Produce, Fetch, ListOffsets


def steps(load_logger: Callable[[], None], brokers: Iterable[Broker]) -> Iterator[None]:
    """Each step takes a few milliseconds, only the coordinators' some twenty."""
    load_logger()
    yield
    for key in SOON:
        api = APIS.get(key)
        if api is not None:
            import_module(f"broker.handlers.{api.module}")
            yield
    for broker in brokers:  # from then on they also forget the offsets whose time is up
        broker.group_coordinator.get()
        yield


class WarmUp:
    """Begins in a moment, unless it is stopped."""

    def __init__(self, clock: Clock, load_logger: Callable[[], None], brokers: Iterable[Broker]) -> None:
        self._clock = clock
        self._steps = steps(load_logger, brokers)
        self._timer = clock.call_at(clock.monotonic_ms() + QUIET_MS, self._go_on)

    def _go_on(self) -> None:
        if next(self._steps, self) is not self:
            self._timer = self._clock.call_at(self._clock.monotonic_ms() + BETWEEN_MS, self._go_on)

    def stop(self) -> None:
        self._timer.cancel()
