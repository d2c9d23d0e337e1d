"""How commands reach a broker, and what they say when they do not."""

import socket

import pytest
from kafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from broker.cli.client import addresses, check_that_somebody_answers, errors_in_one_line
from broker.cli.errors import CommandError


def test_addresses_are_read_with_and_without_ports() -> None:
    assert addresses("a:1,b") == [("a", 1), ("b", 9092)]
    assert addresses("[::1]:5, [::2]") == [("::1", 5), ("::2", 9092)]


@pytest.mark.parametrize("text", ["a:b", "", "a:0", "a:70000", ":9092"])
def test_a_wrong_address_is_named(text: str) -> None:
    with pytest.raises(CommandError, match="wanted HOST:PORT"):
        addresses(text)


def test_nobody_answers() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(CommandError, match=f"no broker answers at {address}"):
            check_that_somebody_answers(address)


def test_an_error_of_the_library_is_one_line_with_its_name_once() -> None:
    with pytest.raises(CommandError, match=r"^KafkaTimeoutError: no answer$"), errors_in_one_line():
        raise KafkaTimeoutError("no answer")
    with pytest.raises(CommandError, match=r"^UNKNOWN_TOPIC_OR_PARTITION: "), errors_in_one_line():
        raise UnknownTopicOrPartitionError
