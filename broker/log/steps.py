"""Work that may have to wait for a log engine, written as if it never had to.

An engine answers at once or by a future (see `engine`). Work in steps is a generator: it yields each
future it has to wait for, and is sent the result. Where no future comes up it is done at once, and
no task is ever made.

    def reading(log: PartitionLog) -> Steps[int]:
        read = log.read(...)
        if isinstance(read, Future):
            read = yield read
        ...
        return read.size_bytes

    size_bytes = carry_out(reading(log))  # int | Future[int]
"""

from asyncio import CancelledError, Future
from collections.abc import Generator, Sequence
from typing import Any, TypeAlias, TypeVar

from broker.protocol.errors import KafkaError

T = TypeVar("T")

Steps: TypeAlias = Generator["Future[Any]", Any, T]


def carry_out(steps: Steps[T]) -> "T | Future[T]":
    """Do the work: its result, or a future of it.

    Whoever cancels that future ends the work where it stands: `steps` is closed, and the future it
    waits for is left to itself. Raises: what `steps` raises before it has to wait.
    """
    try:
        awaited = next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    outcome: Future[T] = awaited.get_loop().create_future()

    def resume(awaited: "Future[Any]") -> None:
        if outcome.done():
            return
        goes_on = False
        try:
            _advance(steps, awaited).add_done_callback(resume)
            goes_on = True
        except StopIteration as end:
            outcome.set_result(end.value)
        except KafkaError as error:
            outcome.set_exception(error)
        finally:
            # A mistake of ours goes on to the event loop's handler; nobody may wait for it for ever.
            if not goes_on and not outcome.done():
                outcome.cancel()

    def close(_: "Future[T]") -> None:
        if outcome.cancelled():
            steps.close()

    outcome.add_done_callback(close)
    awaited.add_done_callback(resume)
    return outcome


def all_done(futures: "Sequence[Future[Any]]") -> "Future[None]":
    """Done when all of them are (there is at least one); it says nothing of how they ended."""
    gate: Future[None] = futures[0].get_loop().create_future()
    left = len(futures)

    def count(done: "Future[Any]") -> None:
        nonlocal left
        left -= 1
        if not done.cancelled():
            done.exception()  # has been seen: nobody may look at it again once the gate was opened early
        if left == 0 and not gate.done():
            gate.set_result(None)

    for future in futures:
        future.add_done_callback(count)
    return gate


def _advance(steps: Steps[T], awaited: "Future[Any]") -> "Future[Any]":
    """One step further, with what became of the future it waited for."""
    if awaited.cancelled():
        return steps.throw(CancelledError())
    error = awaited.exception()
    return steps.send(awaited.result()) if error is None else steps.throw(error)
