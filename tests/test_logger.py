"""The silent logger takes every kind of event."""

import pytest

from broker.logger import Logger, SilentLogger


def test_the_silent_logger_tells_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    logger: Logger = SilentLogger()
    for tell in (logger.debug, logger.info, logger.warning, logger.error):
        tell("something happened", topic="t")
    assert capsys.readouterr() == ("", "")
