"""Slow work with files happens in threads, whoever asks for it, and fails aloud."""

import threading
from pathlib import Path

from broker.app.background import Background
from broker.log.files import DiskFiles
from broker.log.local_log import LocalLog
from broker.log.offset_checkpoint import read_offsets
from broker.log.recovery_points import NAME
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger
from tests.log.harness import KEY, NOW, append


def test_work_is_done_in_another_thread() -> None:
    background = Background(RecordingLogger())
    threads: list[int] = []
    background(lambda: threads.append(threading.get_ident()))
    background.close()
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


def test_work_may_ask_for_work() -> None:
    background = Background(RecordingLogger())
    asked, done = threading.Event(), threading.Event()

    def first() -> None:
        background(done.set)
        asked.set()

    background(first)
    asked.wait()
    background.close()
    assert done.is_set()


def test_what_is_asked_for_after_the_end_is_done_at_once() -> None:
    background = Background(RecordingLogger())
    background.close()
    threads: list[int] = []
    background(lambda: threads.append(threading.get_ident()))
    assert threads == [threading.get_ident()]


def test_what_fails_is_told() -> None:
    logger = RecordingLogger()
    background = Background(logger)
    background({}.popitem)  # type: ignore[arg-type]
    background.close()
    assert logger.told("error") == ["work on files failed"]


def test_closing_twice_or_without_work_is_harmless() -> None:
    background = Background(RecordingLogger())
    background.close()
    background.close()


def test_a_roll_on_disk_moves_the_recovery_point(tmp_path: Path) -> None:
    background, settings = Background(RecordingLogger()), BrokerSettings.from_values({})
    config = TopicConfig.effective({"internal.segment.bytes": "200"}, settings)
    log = LocalLog(
        str(tmp_path),
        DiskFiles(),
        VirtualClock(wall_ms=NOW),
        settings,
        lambda topic: config,
        sync_in_background=background,
    )
    for _ in range(3):
        append(log.partition(KEY))
    background.close()
    assert read_offsets((tmp_path / NAME).read_bytes())[KEY.topic, KEY.partition] == 2
