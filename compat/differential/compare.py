"""Answers as plain values, and where two of them differ.

What every broker has its own of is made alike: ids become labels, the port and the times of this run
become words. Lists of structs are compared as sets are, each struct with the one that stands for the
same thing, since Kafka orders most of them by hash.
"""

import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.message import Message
from broker.protocol.records.batch import HEADER_SIZE, BatchHeader
from broker.protocol.records.reader import read_records
from broker.protocol.uuids import ZERO_UUID
from compat.differential.exchange import Outcome
from compat.differential.world import Side

ABSENT = "(not there)"
THERE = "(there)"
LONGEST_RECORDS = 1 << 24
NEAR_MS = 3_600_000

NO_IDS = {"topic_id": (ZERO_UUID,), "producer_id": (-1,), "session_id": (0,)}
MEMBER_IDS = ("member_id", "leader")
TIMES = (
    "timestamp",
    "log_append_time_ms",
    "last_timestamp",
    "base_timestamp",
    "max_timestamp",
    "timestamp_ms",
)
LEFT_OUT = ("throttle_time_ms",)
IDENTITY = (
    *("name", "topic", "topic_id", "resource_name", "resource_type", "key", "group_id", "member_id"),
    *("partition", "partition_index", "index", "partition_id", "api_key", "broker_id", "node_id"),
    *("producer_id", "batch_index"),
)
TOPIC = 2
TOPIC_FIELDS = {"partitions", "topic_id", "partition_result"}
PARTS = ("partitions", "partition_responses", "partition_result")
NAMED_ONE_BY_ONE = ("configs", "synonyms", "_features", "api_keys")
EPISODES_NAME = re.compile(r"d[0-9]+-")


class Difference(NamedTuple):
    """One place of an answer: its path without positions, and what either broker says there."""

    where: str
    kafka: str
    kawa: str


def plain(outcome: Outcome, side: Side, asked: frozenset[str] = frozenset()) -> Any:
    """Dictionaries, lists, numbers and words; `asked` are the names in the request, as they were sent.

    Topics that neither belong to the episode nor were asked for are somebody else's, and left out.
    """
    return _Plain(side, asked).of("", outcome)


class _Plain:
    def __init__(self, side: Side, asked: frozenset[str]) -> None:
        self._side = side
        self._asked = asked

    def of(self, name: str, value: Any) -> Any:
        if isinstance(value, Message):
            return {
                each: self.of(each, getattr(value, each)) for each in value.DECLARED if each not in LEFT_OUT
            }
        if isinstance(value, list):
            return [self.of(name, item) for item in value if not self._somebody_elses(item)]
        if name == "records":
            return None if value is None else self._batches(memoryview(value))
        return self._scalar(name, bytes(value) if isinstance(value, bytes | memoryview) else value)

    def _somebody_elses(self, item: Any) -> bool:
        """Whether it tells of a topic, or another named thing, that is not of this episode."""
        if not isinstance(item, Message):
            return False
        names = [getattr(item, each, None) for each in ("name", "topic", "resource_name")]
        is_topic = TOPIC_FIELDS & set(item.DECLARED) or getattr(item, "resource_type", None) == TOPIC
        return any(
            not name.startswith(self._side.prefix)
            and name not in self._asked
            and (is_topic or EPISODES_NAME.match(name))
            for name in names
            if isinstance(name, str) and name
        )

    def _scalar(self, name: str, value: Any) -> Any:
        if name in NO_IDS and value not in NO_IDS[name]:
            return self._side.label(name, value)
        if name in MEMBER_IDS and self._side.knows("member_id", value):
            return self._side.label("member_id", value)
        if name.endswith("error_code"):
            return ErrorCode(value).name if value in ErrorCode.__members__.values() else value
        if name.endswith("error_message") or name == "documentation":
            return "(words)" if value else value
        if self._is_its_own(name, value):
            return f"(its {name})"
        return self._side.own(value) if isinstance(value, str) else value

    def _is_its_own(self, name: str, value: Any) -> bool:
        """Whether it is a value that says nothing but which broker this is, and when."""
        if name == "port":
            return bool(value == self._side.exchange.port)
        if name in ("cluster_id", "log_dir"):
            return bool(value)
        if name in ("total_bytes", "usable_bytes"):
            return bool(value > 0)
        if name == "finalized_features_epoch":
            return bool(value >= 0)
        return name in TIMES and abs(value - time.time() * 1000) < NEAR_MS

    def _batches(self, view: memoryview) -> list[Any]:
        found: list[Any] = []
        position = 0
        while position < len(view):
            rest = view[position:]
            if len(rest) < HEADER_SIZE or BatchHeader.parse(rest).size_bytes > len(rest):
                found.append({"cut off": True})
                break
            header = BatchHeader.parse(rest)
            shown = {key: self._scalar(key, value) for key, value in header._asdict().items()}
            del shown["crc"]
            shown["records"] = self._records(rest[: header.size_bytes])
            found.append(shown)
            position += header.size_bytes
        return found

    def _records(self, batch: memoryview) -> list[Any] | str:
        try:
            records = list(read_records(batch, max_bytes=LONGEST_RECORDS))
        except KafkaError as error:
            return f"cannot be read: {error.code.name}"
        return [{key: self._scalar(key, value) for key, value in each._asdict().items()} for each in records]


def differences(kafka: Any, kawa: Any, where: str = "") -> Iterator[Difference]:
    """Where two plain answers differ.

    Where an error differs, what stands beside it differs as a consequence, and is not told.
    """
    if isinstance(kafka, dict) and isinstance(kawa, dict):
        if kafka.get("error_code") != kawa.get("error_code"):
            yield _difference(f"{where}.error_code", kafka.get("error_code"), kawa.get("error_code"))
            return
        for name in {**kafka, **kawa}:
            yield from differences(kafka.get(name, ABSENT), kawa.get(name, ABSENT), f"{where}.{name}")
    elif isinstance(kafka, list) and isinstance(kawa, list):
        yield from _list_differences(kafka, kawa, where)
    elif kafka != kawa or type(kafka) is not type(kawa):
        yield _difference(where, kafka, kawa)


def _list_differences(kafka: list[Any], kawa: list[Any], where: str) -> Iterator[Difference]:
    if not all(isinstance(item, dict) for item in (*kafka, *kawa)):
        if kafka != kawa:
            yield _difference(where, kafka, kawa)
        return
    left, right = _by_identity(_merged(kafka)), _by_identity(_merged(kawa))
    for identity in sorted(left.keys() | right.keys(), key=repr):
        name = _shown(where, identity[0])
        if identity not in left:
            yield _difference(f"{where}[{name}]", ABSENT, THERE)
        elif identity not in right:
            yield _difference(f"{where}[{name}]", THERE, ABSENT)
        else:
            yield from differences(left[identity], right[identity], f"{where}[{name}]")


def _merged(items: list[Any]) -> list[Any]:
    """A topic that an answer names twice, each time with some of its partitions, once with all of them."""
    found: dict[Any, Any] = {}
    for position, item in enumerate(items):
        lists = [name for name, value in item.items() if isinstance(value, list)]
        parts = next((name for name in lists if name in PARTS), None)
        rest = repr({name: value for name, value in item.items() if name != parts})
        key = rest if parts else position
        found[key] = {**item, parts: found[key][parts] + item[parts]} if key in found else item
    return list(found.values())


def _by_identity(items: list[Any]) -> dict[tuple[Any, int], Any]:
    """Items that stand for the same thing are told apart by what they say, and counted."""
    found: dict[tuple[Any, int], Any] = {}
    named = [(_identity(item), item) for item in items]
    for identity, item in sorted(named, key=lambda pair: repr(pair) if pair[0] else ""):
        count = sum(1 for known, _ in found if known == identity)
        found[identity, count] = item
    return found


def _identity(item: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    has_name = item.get("name") or item.get("topic")  # an id beside it is what the answer says of it
    return tuple((key, item[key]) for key in IDENTITY if key in item and not (has_name and key == "topic_id"))


def _shown(where: str, identity: tuple[tuple[str, Any], ...]) -> str:
    """Names of settings, features and APIs; those of topics, and numbers, say nothing of the kind."""
    if not where.endswith(NAMED_ONE_BY_ONE):
        return ""
    return next((str(value) for key, value in identity if key in ("name", "api_key")), "")


def _difference(where: str, kafka: Any, kawa: Any) -> Difference:
    return Difference(where.removeprefix("."), _text(kafka), _text(kawa))


def _text(value: Any) -> str:
    text = value if isinstance(value, str) and value else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
