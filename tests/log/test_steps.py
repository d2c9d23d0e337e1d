"""Work in steps: at once where it can be, later where it must."""

import asyncio
from asyncio import Future
from collections.abc import Callable
from typing import Any

import pytest

from broker.log.steps import Steps, all_done, carry_out
from broker.protocol.errors import ErrorCode, KafkaError


def adding(*terms: "int | Future[int]") -> Steps[int]:
    total = 0
    for term in terms:
        total += (yield term) if isinstance(term, Future) else term
    return total


def in_loop(scenario: Callable[[], Any]) -> None:
    async def inside() -> None:
        await scenario()

    asyncio.run(inside())


def later() -> "Future[int]":
    return asyncio.get_running_loop().create_future()


def test_without_a_future_the_result_is_there_at_once() -> None:
    assert carry_out(adding(1, 2)) == 3


def test_without_a_future_an_error_is_raised_at_once() -> None:
    def failing() -> Steps[int]:
        raise KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
        yield

    with pytest.raises(KafkaError):
        carry_out(failing())


def test_each_future_is_waited_for_and_its_result_sent_on() -> None:
    async def scenario() -> None:
        first, second = later(), later()
        outcome = carry_out(adding(first, 5, second))
        assert isinstance(outcome, Future)
        first.set_result(1)
        await asyncio.sleep(0)
        assert not outcome.done()
        second.set_result(2)
        assert await outcome == 8

    in_loop(scenario)


def test_a_failed_future_raises_inside_of_the_work() -> None:
    async def scenario() -> None:
        def careful(awaited: "Future[int]") -> Steps[str]:
            try:
                yield awaited
            except KafkaError as error:
                return error.code.name
            return "fine"

        awaited = later()
        outcome = carry_out(careful(awaited))
        assert isinstance(outcome, Future)
        awaited.set_exception(KafkaError(ErrorCode.KAFKA_STORAGE_ERROR))
        assert await outcome == "KAFKA_STORAGE_ERROR"

    in_loop(scenario)


def test_an_error_of_kafka_is_the_futures_exception() -> None:
    async def scenario() -> None:
        awaited = later()
        outcome = carry_out(adding(awaited))
        assert isinstance(outcome, Future)
        awaited.set_exception(KafkaError(ErrorCode.KAFKA_STORAGE_ERROR))
        with pytest.raises(KafkaError):
            await outcome

    in_loop(scenario)


def test_a_mistake_gives_the_work_up_and_reaches_the_loops_handler() -> None:
    async def scenario() -> None:
        seen: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, about: seen.append(about["exception"]))

        def mistaken(awaited: "Future[int]") -> Steps[int]:
            yield awaited
            raise LookupError("ours")

        awaited = later()
        outcome = carry_out(mistaken(awaited))
        assert isinstance(outcome, Future)
        awaited.set_result(1)
        with pytest.raises(asyncio.CancelledError):
            await outcome
        assert [type(error) for error in seen] == [LookupError]

    in_loop(scenario)


def test_who_cancels_the_outcome_ends_the_work_and_spares_what_it_waited_for() -> None:
    async def scenario() -> None:
        ended: list[str] = []

        def tidy(awaited: "Future[int]") -> Steps[int]:
            try:
                yield awaited
            finally:
                ended.append("tidied up")
            return 0

        awaited = later()
        outcome = carry_out(tidy(awaited))
        assert isinstance(outcome, Future)
        outcome.cancel()
        await asyncio.sleep(0)
        assert ended == ["tidied up"]
        assert not awaited.done()
        awaited.set_result(1)
        await asyncio.sleep(0)
        assert ended == ["tidied up"]

    in_loop(scenario)


def test_an_engine_that_gives_up_gives_the_work_up() -> None:
    async def scenario() -> None:
        awaited = later()
        outcome = carry_out(adding(awaited))
        assert isinstance(outcome, Future)
        awaited.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outcome

    in_loop(scenario)


def test_all_done_waits_for_the_last_whatever_becomes_of_the_others() -> None:
    async def scenario() -> None:
        futures = [later(), later(), later()]
        gate = all_done(futures)
        futures[1].set_exception(KafkaError(ErrorCode.KAFKA_STORAGE_ERROR))
        futures[2].cancel()
        await asyncio.sleep(0)
        assert not gate.done()
        futures[0].set_result(1)
        await gate
        assert futures[1].exception() is not None

    in_loop(scenario)


def test_all_done_may_be_given_up_first() -> None:
    async def scenario() -> None:
        future = later()
        gate = all_done([future])
        gate.set_result(None)
        future.set_result(1)
        await gate

    in_loop(scenario)
