"""An answer that holds nothing but an error."""

import pytest

from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import MESSAGES, response_class
from broker.server.refusals import error_response

REFUSED = KafkaError(ErrorCode.INVALID_REQUEST, "asked for 3, found 2")


def test_code_and_message_are_filled_and_the_rest_is_empty() -> None:
    response = error_response(response_class(60), 2, REFUSED)
    assert response.error_code == ErrorCode.INVALID_REQUEST
    assert response.error_message == "asked for 3, found 2"
    assert response.brokers == []


@pytest.mark.parametrize(("key", "version"), [(0, 9), (19, 7), (1, 6), (3, 12)])
def test_a_response_without_room_for_the_error_cannot_say_it(key: int, version: int) -> None:
    assert error_response(response_class(key), version, REFUSED) is None


@pytest.mark.parametrize("key", MESSAGES)
def test_every_api_and_version_has_an_answer_that_can_be_encoded_or_none(key: int) -> None:
    cls = response_class(key)
    for version in range(cls.VERSIONS[0], cls.VERSIONS[1] + 1):
        response = error_response(cls, version, REFUSED)
        if response is not None:
            data = memoryview(b"".join(encode(response, version)))
            assert decode(cls, version, data).error_code == ErrorCode.INVALID_REQUEST
