"""One request and its answer, in Kawa's own messages; nobody decodes what no fault asks for."""

from enum import IntEnum
from functools import cached_property
from typing import Any

from broker.protocol.codec import decode, encode
from broker.protocol.headers import (
    parse_request_header,
    parse_response_header,
    request_header,
    response_header,
)
from broker.protocol.messages import MESSAGES, request_class, response_class


class Api(IntEnum):
    """The APIs that are spoken of here."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    LEAVE_GROUP = 13
    SYNC_GROUP = 14
    API_VERSIONS = 18
    CREATE_TOPICS = 19
    DELETE_TOPICS = 20
    DELETE_RECORDS = 21
    DESCRIBE_CONFIGS = 32
    ALTER_CONFIGS = 33
    CREATE_PARTITIONS = 37
    ELECT_LEADERS = 43
    INCREMENTAL_ALTER_CONFIGS = 44
    DESCRIBE_CLUSTER = 60
    CONSUMER_GROUP_HEARTBEAT = 68
    DESCRIBE_TOPIC_PARTITIONS = 75
    SHARE_FETCH = 78
    SHARE_ACKNOWLEDGE = 79


class Exchange:
    """A request that a client has sent, and how its answer is to be read."""

    def __init__(self, frame: bytes) -> None:
        """Raises: MalformedRequest: it does not begin with a header."""
        self.frame = frame
        self.header = parse_request_header(memoryview(frame))

    @property
    def key(self) -> int:
        return self.header.api_key

    @property
    def version(self) -> int:
        return self.header.api_version

    @property
    def is_known(self) -> bool:
        """Whether there is a message of that key and version."""
        if self.key not in MESSAGES:
            return False
        lowest, highest = request_class(self.key).VERSIONS
        return bool(lowest <= self.version <= highest)

    @cached_property
    def request(self) -> Any:
        """The request; whoever changes it sends `encoded_request` instead of `frame`."""
        return decode(request_class(self.key), self.version, memoryview(self.frame)[self.header.size :])

    def encoded_request(self) -> bytes:
        header = request_header(self.key, self.version, self.header.correlation_id, self.header.client_id)
        return header + b"".join(encode(self.request, self.version))

    def stand_in(self) -> bytes:
        """A request without consequences, under the same correlation id: its answer keeps the turn."""
        return request_header(Api.API_VERSIONS, 0, self.header.correlation_id, self.header.client_id)

    def decode_answer(self, frame: bytes) -> Any:
        body = parse_response_header(memoryview(frame), self.key, self.version).body
        return decode(response_class(self.key), self.version, body)

    def encode_answer(self, answer: Any) -> bytes:
        header = response_header(self.header.correlation_id, self.key, self.version)
        return header + b"".join(encode(answer, self.version))
