"""A broker that somebody else has started is used, never stopped; what is no broker is told at once."""

import asyncio
import socket
import struct

import pytest

from compat.brokers import running
from compat.brokers.broker import BrokerOptions
from compat.brokers.running import RunningBroker, speaks_kafka
from compat.failures import BadUsage, NotRun


def test_it_is_its_own_shared_broker() -> None:
    broker = RunningBroker("127.0.0.1:1")
    assert asyncio.run(broker.shared("lane")) is broker
    assert (broker.name, broker.is_running) == ("127.0.0.1:1", True)


def test_a_scenario_that_stops_its_broker_is_not_run() -> None:
    broker = RunningBroker("127.0.0.1:1")
    with pytest.raises(NotRun, match="that the harness has started"):
        broker.own(BrokerOptions())
    for ending in (broker.start, broker.stop, broker.kill):
        with pytest.raises(NotRun):
            asyncio.run(ending())


@pytest.mark.parametrize(
    "address", ["", "host", "host:", ":9092", "host:port", "127.0.0.1:99999", "127.0.0.1:²"]
)
def test_an_address_where_nobody_can_answer_is_bad_usage(address: str) -> None:
    with pytest.raises(BadUsage, match="--bootstrap"):
        RunningBroker.at(address)


def test_who_answers_with_the_correlation_id_is_a_broker() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">ii", 4, 1))
        assert speaks_kafka(ours)
        assert theirs.recv(64) == bytes.fromhex("0000000a 0012 0000 00000001 ffff")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n", b"", struct.pack(">ii", 4, 2)])
def test_who_answers_otherwise_is_none(answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        assert not speaks_kafka(ours)


def test_silence_is_bad_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ANSWER_TIMEOUT_S", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        with pytest.raises(BadUsage, match="no answer within"):
            RunningBroker.at(f"{host}:{port}")
