"""Lines become records, as soon as they are complete."""

import io
import os
from argparse import Namespace
from typing import Any

import pytest

from broker.cli.errors import CommandError
from broker.cli.produce import from_line, pieces, read_records, send, send_all, with_options
from broker.cli.record_text import TextRecord


class FakeFuture:
    def __init__(self, problem: Exception | None) -> None:
        self.is_done = True
        self._problem = problem

    def get(self, timeout: float) -> None:
        if self._problem is not None:
            raise self._problem


class FakeProducer:
    """Remembers what it was given; refuses values that say so."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, topic: str, **record: Any) -> FakeFuture:
        if record["partition"] == 99:
            raise ValueError("Unrecognized partition 99")
        self.sent.append(record)
        return FakeFuture(RuntimeError("refused") if record["value"] == b"refuse" else None)

    def flush(self, timeout: float) -> None:
        pass


def arguments(**changes: Any) -> Namespace:
    options: dict[str, Any] = {
        "topic": "t",
        "files": [],
        "key_delimiter": None,
        "delimiter": "\\n",
        "key": None,
        "partition": None,
        "timestamp": None,
        "null": False,
        "json": False,
    }
    return Namespace(**{**options, **changes})


def test_a_stream_is_cut_at_each_delimiter() -> None:
    assert list(pieces(io.BytesIO(b"a\nb\n\nc"), b"\n")) == [b"a", b"b", b"", b"c"]
    assert list(pieces(io.BytesIO(b"a||b||"), b"||")) == [b"a", b"b"]
    assert list(pieces(io.BytesIO(b""), b"\n")) == []


def test_a_line_that_is_complete_is_given_before_the_next_one_comes() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as typing:
        typing.write(b"first\nsec")
        lines = pieces(stream, b"\n")
        assert next(lines) == b"first"
        typing.write(b"ond\n")
        assert next(lines) == b"second"


def test_what_precedes_the_delimiter_is_the_key() -> None:
    assert from_line(b"k:v:w", b":") == TextRecord(b"v:w", key=b"k")
    assert from_line(b"no key", b":") == TextRecord(b"no key")
    assert from_line(b"k:v", None) == TextRecord(b"k:v")


def test_options_apply_to_every_record() -> None:
    record = with_options(TextRecord(b"", key=b"x"), arguments(key="k", partition=3, timestamp=5, null=True))
    assert record == TextRecord(None, key=b"k", partition=3, timestamp_ms=5)


def test_a_file_is_one_record(tmp_path: Any) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo")
    assert list(read_records(arguments(files=[str(tmp_path / "a")]))) == [TextRecord(b"one\ntwo")]


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="/nowhere: No such file"):
        list(read_records(arguments(files=["/nowhere"])))


def test_headers_of_the_command_line_come_first() -> None:
    producer: Any = FakeProducer()
    record = TextRecord(b"v", headers=(("own", b"2"),))
    send_all(producer, arguments(), [("all", b"1")], [record])
    assert producer.sent[0]["headers"] == [("all", b"1"), ("own", b"2")]


def test_a_record_that_was_refused_is_an_error() -> None:
    producer: Any = FakeProducer()
    with pytest.raises(RuntimeError, match="refused"):
        send_all(producer, arguments(), [], [TextRecord(b"refuse")])


def test_a_partition_that_is_not_there_is_one_line() -> None:
    producer: Any = FakeProducer()
    with pytest.raises(CommandError, match="Unrecognized partition 99"):
        send(producer, "t", TextRecord(b"v", partition=99), [])
