"""The recording logger keeps what it is told."""

from broker.logger import Logger
from tests.fakes.logger import RecordingLogger


def test_events_are_kept_with_level_and_fields() -> None:
    recording = RecordingLogger()
    logger: Logger = recording
    logger.debug("a", n=1)
    logger.info("b")
    logger.warning("c")
    logger.error("d")
    assert recording.events[0] == ("debug", "a", {"n": 1})
    assert [recording.told(level) for level in ("info", "warning", "error")] == [["b"], ["c"], ["d"]]
