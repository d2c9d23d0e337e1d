"""Events are lines for people on a terminal and JSON otherwise, in order, with their own times."""

import io
import json
import subprocess
import sys

import pytest

from broker.app.logging import MOST_WAITING, EventLog


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_events_wait_until_they_are_loaded_and_keep_their_times() -> None:
    stream, now_ms = io.StringIO(), [1_700_000_000_123]
    log = EventLog(level="info", stream=stream, wall_ms=lambda: now_ms[0])
    log.info("client connected", client="a")
    now_ms[0] += 5_000
    log.warning("client left")
    assert stream.getvalue() == ""
    log.load()
    assert events(stream) == [
        {
            "event": "client connected",
            "client": "a",
            "level": "info",
            "timestamp": "2023-11-14T22:13:20.123Z",
        },
        {"event": "client left", "level": "warning", "timestamp": "2023-11-14T22:13:25.123Z"},
    ]


def test_events_after_loading_are_written_at_once() -> None:
    stream = io.StringIO()
    log = EventLog(level="info", stream=stream, wall_ms=lambda: 0)
    log.load()
    log.error("disk full", path="/data")
    assert [event["event"] for event in events(stream)] == ["disk full"]


def test_an_event_that_cannot_be_written_yet_stops_nobody_and_is_written_with_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    log = EventLog(level="info", stream=stream, wall_ms=lambda: 0)
    with monkeypatch.context() as without_descriptors:
        without_descriptors.setitem(sys.modules, "structlog", None)
        log.load()
        for number in range(MOST_WAITING + 5):
            log.error("too many open files", number=number)
    assert stream.getvalue() == ""
    log.info("client left")
    told = events(stream)
    assert [told[0]["number"], told[-1]["event"]] == [5, "client left"]


def test_events_below_the_level_are_not_told() -> None:
    stream = io.StringIO()
    log = EventLog(level="warning", stream=stream, wall_ms=lambda: 0)
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.load()
    assert [event["event"] for event in events(stream)] == ["c"]


def test_what_waits_is_bounded() -> None:
    stream = io.StringIO()
    log = EventLog(level="info", stream=stream, wall_ms=lambda: 0)
    for number in range(MOST_WAITING + 1):
        log.info("client connected", number=number)
    assert [event["number"] for event in events(stream)] == list(range(MOST_WAITING + 1))


def test_a_terminal_gets_lines_for_people() -> None:
    stream = Terminal()
    log = EventLog(level="info", stream=stream, wall_ms=lambda: 0)
    log.info("client connected", client="a")
    log.load()
    assert "client connected" in stream.getvalue()
    assert "{" not in stream.getvalue()


def test_a_closed_stderr_does_not_stop_a_broker() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    log = EventLog(level="info", stream=Closed(), wall_ms=lambda: 0)
    log.load()
    log.info("client connected")


def test_loading_does_not_import_rich() -> None:
    code = (
        "import io, sys; from broker.app.logging import EventLog\n"
        "EventLog(level='info', stream=io.StringIO(), wall_ms=lambda: 0).load()\n"
        "assert 'structlog' in sys.modules\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def a_failure() -> ValueError:
    payload = "what a client sent"
    try:
        raise ValueError(len(payload))
    except ValueError as error:
        return error


def test_a_failure_is_told_with_where_it_happened_and_no_payload() -> None:
    for stream in (io.StringIO(), Terminal()):
        log = EventLog(level="info", stream=stream, wall_ms=lambda: 0)
        log.load()
        log.error("request failed", exc_info=a_failure())
        text = stream.getvalue()
        assert "in a_failure" in text
        assert "ValueError: 18" in text
        assert "what a client sent" not in text
