"""Faults in what is answered, after the broker has done what was asked."""

from collections.abc import Callable, Iterator
from typing import Any

from broker.protocol.errors import ErrorCode
from broker.protocol.message import Message
from tests.compat.faults.exchange import Api, Exchange
from tests.compat.faults.fault import Fate, Fault

LATEST, EARLIEST = -1, -2  # what ListOffsets is asked for, beside times


def rows_in(message: Any) -> Iterator[Any]:
    """The message and all structs inside it."""
    yield message
    for name in message.DECLARED:
        value = getattr(message, name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Message):
                yield from rows_in(inner)


def other_error(key: Api, error: ErrorCode, other: ErrorCode) -> Fault:
    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        wrong = [row for row in rows_in(answer) if getattr(row, "error_code", None) == error]
        for row in wrong:
            row.error_code = other
        return Fate.CHANGED if wrong else Fate.AS_IT_WAS

    name = f"{key.name.lower()} answers {other.name} for {error.name}"
    return Fault(name, frozenset({key}), on_answer=on_answer)


def never_answered(key: Api) -> Fault:
    return Fault(f"never answered: {key.name.lower()}", frozenset({key}), on_answer=_always(Fate.LOST))


def hung_up(key: Api) -> Fault:
    name = f"the connection is closed: {key.name.lower()}"
    return Fault(name, frozenset({key}), on_answer=_always(Fate.HANG_UP))


def _always(fate: Fate) -> Callable[[Exchange, Any], Fate]:
    return lambda exchange, answer: fate


def hung_up_once() -> Fault:
    """Of each partition the first batch is stored, but the producer is not told, and tries again."""
    seen: set[tuple[str, bytes, int]] = set()

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        places = {
            (topic.name, topic.topic_id, partition.index)
            for topic in answer.responses
            for partition in topic.partition_responses
        }
        is_first = not places & seen
        seen.update(places)
        return Fate.HANG_UP if is_first else Fate.AS_IT_WAS

    name = "the connection is closed instead of the first acknowledgement"
    return Fault(name, frozenset({Api.PRODUCE}), on_answer=on_answer)


def shifted_acknowledgements() -> Fault:
    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        for row in rows_in(answer):
            if getattr(row, "base_offset", -1) >= 0:
                row.base_offset += 1
        return Fate.CHANGED

    name = "batches are acknowledged one offset further on"
    return Fault(name, frozenset({Api.PRODUCE}), on_answer=on_answer)


def wrong_offsets(name: str, asked: Callable[[int], bool], change: Callable[[int], int]) -> Fault:
    """`asked`: which of the times in ListOffsets are answered wrongly."""

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        wrong = {
            (topic.name, partition.partition_index)
            for topic in exchange.request.topics
            for partition in topic.partitions
            if asked(partition.timestamp)
        }
        for topic in answer.topics:
            for partition in topic.partitions:
                if (topic.name, partition.partition_index) in wrong:
                    partition.offset = change(partition.offset)
        return Fate.CHANGED if wrong else Fate.AS_IT_WAS

    return Fault(name, frozenset({Api.LIST_OFFSETS}), on_answer=on_answer)


def forgotten_commits() -> Fault:
    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        found = [row for row in rows_in(answer) if getattr(row, "committed_offset", -1) > 0]
        for row in found:
            row.committed_offset = -1
        return Fate.CHANGED if found else Fate.AS_IT_WAS

    return Fault("committed offsets are forgotten", frozenset({Api.OFFSET_FETCH}), on_answer=on_answer)


def early_log_ends() -> Fault:
    return wrong_offsets(
        "log ends are one too low", lambda asked: asked == LATEST, lambda end: max(0, end - 1)
    )


def log_starts_at_zero() -> Fault:
    return wrong_offsets("each log starts at 0", lambda asked: asked == EARLIEST, lambda start: 0)


def late_times() -> Fault:
    return wrong_offsets(
        "times are found one record too late",
        lambda asked: asked >= 0,
        lambda offset: offset + 1 if offset >= 0 else offset,
    )


def every_time_found() -> Fault:
    return wrong_offsets(
        "a time after the last record is found, too",
        lambda asked: asked >= 0,
        lambda offset: max(0, offset),
    )


def _metadata(name: str, change: Callable[[Any], None]) -> Fault:
    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        change(answer)
        return Fate.CHANGED

    return Fault(name, frozenset({Api.METADATA}), on_answer=on_answer)


def old_topic_ids() -> Fault:
    first: dict[str | None, bytes] = {}

    def change(answer: Any) -> None:
        for topic in answer.topics:
            if not topic.error_code:
                topic.topic_id = first.setdefault(topic.name, topic.topic_id)

    return _metadata("a topic that comes anew has its old id", change)


def one_leader() -> Fault:
    def change(answer: Any) -> None:
        for row in rows_in(answer):
            if hasattr(row, "leader_id"):
                row.leader_id = answer.brokers[0].node_id

    return _metadata("the first node is said to lead all", change)


def unknown_controller() -> Fault:
    def change(answer: Any) -> None:
        answer.controller_id = -1

    return _metadata("no node is the controller", change)


def missing_partition() -> Fault:
    def change(answer: Any) -> None:
        for topic in answer.topics:
            topic.partitions = topic.partitions[: max(1, len(topic.partitions) - 1)]

    return _metadata("the last partition is kept secret", change)


def wrong_config(config: str, value: str) -> Fault:
    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        rows = [row for row in rows_in(answer) if getattr(row, "name", None) == config]
        for row in rows:
            row.value = value
        return Fate.CHANGED if rows else Fate.AS_IT_WAS

    return Fault(f"{config} is said to be {value}", frozenset({Api.DESCRIBE_CONFIGS}), on_answer=on_answer)


def small_answers() -> Fault:
    """Not even the first batch may be larger than what was asked for (KIP-74 says it may).

    A broker that has nothing to give waits, so there is no answer instead of an empty one.
    """

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        asked = [
            row.partition_max_bytes
            for row in rows_in(exchange.request)
            if hasattr(row, "partition_max_bytes")
        ]
        given = [len(getattr(row, "records", None) or b"") for row in rows_in(answer)]
        is_too_large = bool(asked) and max(given) > max(asked)
        return Fate.LOST if is_too_large else Fate.AS_IT_WAS

    return Fault("no answer is larger than asked for", frozenset({Api.FETCH}), on_answer=on_answer)


def no_batch_before() -> Fault:
    """A batch that began before the offset is not given: whoever seeks into its middle waits for ever."""

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        asked = {
            (topic.topic, topic.topic_id, partition.partition): partition.fetch_offset
            for topic in exchange.request.topics
            for partition in topic.partitions
        }
        given = [
            (asked.get((topic.topic, topic.topic_id, partition.partition_index), 0), partition.records)
            for topic in answer.responses
            for partition in topic.partitions
            if len(partition.records or b"")
        ]
        begins_before = any(int.from_bytes(batches[:8], "big") < offset for offset, batches in given)
        return Fate.LOST if begins_before else Fate.AS_IT_WAS

    return Fault("no batch begins before the offset", frozenset({Api.FETCH}), on_answer=on_answer)


def mixed_up_partitions() -> Fault:
    """In an answer with records of several partitions, two of them change places."""

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        filled = [row for row in rows_in(answer) if len(getattr(row, "records", None) or b"")]
        if len(filled) < 2:
            return Fate.AS_IT_WAS
        filled[0].records, filled[1].records = filled[1].records, filled[0].records
        return Fate.CHANGED

    return Fault("two partitions change places", frozenset({Api.FETCH}), on_answer=on_answer)
