"""One connection: order, what holds requests back, and what is given back."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from broker.handlers.answer import Answer, Encoded
from broker.handlers.context import RequestContext
from broker.protocol.errors import ErrorCode, KafkaError
from broker.server import connection as limits
from broker.server.server import Server
from tests.fakes.clock import VirtualClock
from tests.fakes.network import SimulatedClient, SimulatedNetwork
from tests.server.serving import (
    ask,
    ask_future,
    ask_task,
    ask_wait,
    ask_without_answer,
    correlation_ids,
    created,
    echo,
    fetched,
    introduce,
    make_server,
    numbers,
)


class Room:
    """A server, one client on a simulated network, and the handlers' side of it."""

    def __init__(self, *, seed: int = 1, **values: str) -> None:
        self.clock = VirtualClock()
        self.futures: list[asyncio.Future[Any]] = []
        self.requests: list[int] = []
        self.released: list[int] = []
        self.server: Server = make_server(self.handle, values=values, clock=self.clock)
        self.logger: Any = self.server.broker.logger
        self.network = SimulatedNetwork(seed=seed)
        self.client: SimulatedClient = self.network.connect(self.server.connect)

    def handle(self, request: Any, context: RequestContext) -> Any:
        """Echo InitProducerId, nothing where none is wanted; for all else a future that the test resolves."""
        self.requests.append(context.correlation_id)
        if context.api_key == 22:
            return echo(request, context)
        if context.api_key == 0 and not request.acks:
            return None
        if context.api_key == 18:
            return Encoded([b"\0\0\0\0\0\0\0\0"])
        future = asyncio.get_running_loop().create_future()
        self.futures.append(future)
        return future

    async def send(self, *frames: bytes) -> None:
        self.client.send(b"".join(frames))
        await self.network.settle()

    def resolve(self, index: int) -> None:
        """One of those that wait is answered."""
        self.futures.pop(index).set_result(Encoded([b"answer"]))

    def releasing(self, number: int) -> Answer:
        return Answer(fetched(), lambda: self.released.append(number))


def run(scenario: Callable[[Room], Awaitable[None]], **options: Any) -> None:
    async def inside() -> None:
        await scenario(Room(**options))

    asyncio.run(inside())


@pytest.mark.parametrize("seed", range(20))
def test_answers_come_in_the_order_of_the_requests_however_the_bytes_arrive(seed: int) -> None:
    async def scenario(room: Room) -> None:
        await room.send(*[ask(number, padding=number * 37 % 9000) for number in range(200)])
        assert numbers(room.client.received) == list(range(200))

    run(scenario, seed=seed)


def test_a_request_behind_a_future_is_processed_at_once_and_answered_in_its_turn() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_future(1), ask(2), ask_future(3), ask(4))
        assert room.requests == [1, 2, 3, 4]
        assert correlation_ids(room.client.received) == []
        room.futures[1].set_result(fetched())
        await room.network.settle()
        assert correlation_ids(room.client.received) == []
        room.futures[0].set_result(fetched())
        await room.network.settle()
        assert correlation_ids(room.client.received) == [1, 2, 3, 4]

    run(scenario)


def test_a_request_behind_a_task_waits_for_it() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_task(1), ask(2), ask(3))
        assert room.requests == [1]
        room.futures[0].set_result(created())
        await room.network.settle()
        assert correlation_ids(room.client.received) == [1, 2, 3]

    run(scenario)


def test_a_request_behind_a_long_poll_waits_for_it() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_wait(1), ask_wait(2), ask(3))
        assert room.requests == [1]
        room.futures[0].set_result(fetched())
        await room.network.settle()
        assert room.requests == [1, 2]
        room.futures[1].set_result(fetched())
        await room.network.settle()
        assert correlation_ids(room.client.received) == [1, 2, 3]

    run(scenario)


def test_a_finished_task_behind_a_future_holds_nothing_back() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_future(1), ask_task(2), ask(3))
        room.futures[1].set_result(created())
        await room.network.settle()
        assert room.requests == [1, 2, 3]
        room.futures[0].set_result(fetched())
        await room.network.settle()
        assert correlation_ids(room.client.received) == [1, 2, 3]

    run(scenario)


def test_a_request_without_an_answer_leaves_no_gap() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask(1), ask_without_answer(2), ask(3))
        assert correlation_ids(room.client.received) == [1, 3]

    run(scenario)


@pytest.mark.parametrize("seed", range(25))
def test_whatever_waits_for_whatever_the_answers_are_complete_and_in_order(seed: int) -> None:
    async def scenario(room: Room) -> None:
        chance = Random(seed)
        kinds = [chance.choice([ask, ask_future, ask_wait, ask_task, ask_without_answer]) for _ in range(80)]
        room.client.unread_limit = 0
        for number, kind in enumerate(kinds):
            room.client.send(kind(number))
            for _ in range(chance.randrange(4)):
                room.network.step()
                await asyncio.sleep(0)
            if room.futures and chance.random() < 0.4:
                room.resolve(chance.randrange(len(room.futures)))
        while len(room.requests) < len(kinds) or room.futures:
            room.client.unread_limit = chance.choice([0, 500, None])
            await room.network.settle()
            if room.futures:
                room.resolve(chance.randrange(len(room.futures)))
        room.client.unread_limit = None
        await room.network.settle()
        expected = [number for number, kind in enumerate(kinds) if kind is not ask_without_answer]
        assert correlation_ids(room.client.received) == expected

    run(scenario, seed=seed)


def test_outstanding_requests_are_bounded() -> None:
    async def scenario(room: Room) -> None:
        await room.send(*[ask_future(number) for number in range(limits.MOST_OUTSTANDING + 10)])
        assert len(room.requests) == limits.MOST_OUTSTANDING
        room.futures[0].set_result(fetched())
        await room.network.settle()
        assert len(room.requests) == limits.MOST_OUTSTANDING + 1

    run(scenario)


def test_answers_that_the_client_does_not_read_are_bounded() -> None:
    async def scenario(room: Room) -> None:
        big = bytes(200_000)
        server = make_server(lambda request, context: Encoded([big]), clock=room.clock)
        client = room.network.connect(server.connect)
        client.unread_limit = 0
        client.send(b"".join(ask(number) for number in range(1000)))
        await room.network.settle()
        (wire,) = room.network.wires_of(client)
        assert wire.unsent_bytes <= limits.MOST_UNREAD_BYTES + limits.TURN_BYTES + len(big)
        client.unread_limit = None
        await room.network.settle()
        assert correlation_ids(client.received) == list(range(1000))

    run(scenario)


def test_what_is_on_loan_goes_back_once_it_has_left() -> None:
    async def scenario(room: Room) -> None:
        room.client.unread_limit = 0
        await room.send(ask_future(1), ask_future(2))
        room.futures[0].set_result(room.releasing(1))
        room.futures[1].set_result(room.releasing(2))
        await room.network.settle()
        assert room.released == []
        room.client.unread_limit = None
        await room.network.settle()
        assert room.released == [1, 2]

    run(scenario)


def test_what_is_on_loan_goes_back_when_the_client_vanishes_in_mid_answer() -> None:
    async def scenario(room: Room) -> None:
        room.client.unread_limit = 5
        await room.send(ask_wait(1))
        room.futures[0].set_result(room.releasing(1))
        await room.network.settle()
        room.client.reset()
        await room.network.settle()
        assert room.released == [1]
        assert room.server.connections == frozenset()

    run(scenario)


def test_what_is_on_loan_goes_back_when_the_answer_is_ready_behind_another() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_future(1), ask_future(2))
        room.futures[1].set_result(room.releasing(2))
        await room.network.settle()
        room.client.reset()
        await room.network.settle()
        assert room.released == [2]

    run(scenario)


def test_a_waiting_request_is_given_up_when_its_client_leaves() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_wait(1))
        room.client.leave()
        await room.network.settle()
        assert room.futures[0].cancelled()

    run(scenario)


def test_a_task_is_carried_through_when_its_client_leaves() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_task(1))
        room.client.reset()
        await room.network.settle()
        assert not room.futures[0].cancelled()
        room.futures[0].set_result(room.releasing(1))
        await room.network.settle()
        assert room.released == [1]

    run(scenario)


def test_an_error_that_has_no_room_in_the_answer_closes_after_earlier_answers() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_task(1), ask(2))
        room.futures[0].set_exception(KafkaError(ErrorCode.INVALID_REQUEST, "no"))
        await room.network.settle()
        assert correlation_ids(room.client.received) == []
        assert room.client.is_closed
        assert room.logger.told("warning") == ["closing: request cannot be answered"]

    run(scenario)


def test_an_impossible_request_closes_after_those_before_it_are_answered() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask(1), ask_task(2), b"\xff\xff\xff\xff")
        assert not room.client.is_closed
        room.futures[0].set_result(created())
        await room.network.settle()
        assert correlation_ids(room.client.received) == [1, 2]
        assert room.client.is_closed

    run(scenario)


def test_clients_come_and_leave_with_one_line_each() -> None:
    async def scenario(room: Room) -> None:
        await room.send(introduce("kawa-test", "1.0"), ask(1))
        room.client.leave()
        await room.network.settle()
        assert room.logger.told("info") == ["client connected", "client left"]
        fields = room.logger.events[0][2]
        assert (fields["client_id"], fields["software"]) == ("me", "kawa-test 1.0")
        assert room.logger.events[1][2]["requests"] == 2

    run(scenario)


def test_a_visitor_who_asks_nothing_is_not_worth_a_line() -> None:
    async def scenario(room: Room) -> None:
        room.client.leave()
        await room.network.settle()
        assert room.logger.told("info") == []

    run(scenario)


def test_a_long_pipeline_of_one_client_lets_another_have_its_turn() -> None:
    async def scenario(room: Room) -> None:
        other = room.network.connect(room.server.connect)
        room.client.send(b"".join(ask(number) for number in range(3000)))
        other.send(ask(7))
        seen_at = None
        while len(room.requests) < 3001:
            room.network.step()
            await asyncio.sleep(0)
            if seen_at is None and other.received:
                seen_at = len(room.requests)
        assert seen_at is not None
        assert seen_at < 3000

    run(scenario)


def test_stopping_answers_what_is_processed_and_drops_long_polls() -> None:
    async def scenario(room: Room) -> None:
        poller = room.network.connect(room.server.connect)
        poller.send(ask_wait(1))
        await room.send(ask_task(2), ask(3))
        stopping = asyncio.create_task(room.server.stop())
        await room.network.settle()
        assert poller.is_closed
        assert not room.client.is_closed
        room.futures[-1].set_result(created())
        await room.network.settle()
        assert room.client.is_closed
        assert correlation_ids(room.client.received) == [2]
        await stopping

    run(scenario)


def test_stopping_takes_no_longer_than_its_grace() -> None:
    async def scenario(room: Room) -> None:
        await room.send(ask_task(1))
        stopping = asyncio.create_task(room.server.stop(grace_ms=200))
        await room.network.settle()
        assert not stopping.done()
        room.clock.advance(200)
        await room.network.settle()
        await stopping
        assert room.server.connections == frozenset()

    run(scenario)


def test_a_silent_connection_is_closed_and_a_waiting_one_is_not() -> None:
    async def scenario(room: Room) -> None:
        waiting = room.network.connect(room.server.connect)
        waiting.send(ask_wait(1))
        await room.send(ask(1))
        room.clock.advance(1100)
        await room.network.settle()
        assert room.client.is_closed
        assert not waiting.is_closed

    run(scenario, **{"connections.max.idle.ms": "1000"})
