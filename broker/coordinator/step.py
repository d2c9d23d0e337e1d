"""What a state machine has done: what must be durable, and who is answered then."""

from collections.abc import Hashable
from typing import NamedTuple


class Reply(NamedTuple):
    """`answer` is a value of the machine's, or the KafkaError that the waiter gets instead."""

    waiter: Hashable
    answer: object


class Step(NamedTuple):
    """`records` must be durable before `replies` are sent; both may be empty."""

    records: tuple[object, ...] = ()
    replies: tuple[Reply, ...] = ()
