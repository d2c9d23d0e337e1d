"""A driver that dies, hangs or talks nonsense is a failure that shows what it had to say."""

import asyncio
import sys

import pytest

from compat.driver_process import Driver
from compat.failures import DriverBroke, OperationError

HELLO = 'print(json.dumps({"id": 1, "ok": True, "result": {"version": "1", "features": ["a"]}}), flush=True)'


def command(*after_hello: str) -> list[str]:
    lines = ["import json, sys, time", "sys.stdin.readline()", HELLO, "sys.stdin.readline()", *after_hello]
    return [sys.executable, "-c", "\n".join(lines)]


def broken(*after_hello: str, timeout_s: float = 10) -> str:
    """What the harness says of a driver that does this when it is asked."""

    async def ask() -> str:
        driver = await Driver.start("fake", command(*after_hello))
        with pytest.raises(DriverBroke) as failure:
            await driver.call("produce", timeout_s=timeout_s)
        assert not driver.is_running
        return str(failure.value)

    return asyncio.run(ask())


def test_a_driver_that_dies_is_told_with_its_last_words() -> None:
    told = broken("print('out of luck', file=sys.stderr)", "sys.exit(3)")
    assert "closed its output" in told
    assert "out of luck" in told


def test_a_driver_that_hangs_is_ended() -> None:
    assert "no answer to produce" in broken("sys.stderr.write('zzz')", "time.sleep(60)", timeout_s=0.3)


def test_a_driver_that_talks_nonsense_is_ended() -> None:
    assert "JSONDecodeError" in broken("print('hello?', flush=True)", "time.sleep(60)")


def test_an_answer_to_another_request_is_nonsense() -> None:
    assert "request 7" in broken('print(\'{"id": 7, "ok": true}\', flush=True)', "time.sleep(60)")


def test_an_error_keeps_its_code_and_name() -> None:
    answer = '{"id": 2, "ok": false, "error": {"code": 36, "name": "TOPIC_ALREADY_EXISTS", "message": "m"}}'

    async def ask() -> None:
        driver = await Driver.start("fake", command(f"print('{answer}', flush=True)"))
        with pytest.raises(OperationError) as failure:
            await driver.call("create_topic")
        assert (failure.value.code, failure.value.name) == (36, "TOPIC_ALREADY_EXISTS")
        await driver.stop()

    asyncio.run(ask())


def test_progress_is_not_an_answer() -> None:
    lines = [
        'print(json.dumps({"id": 2, "progress": {"acknowledged": 5}}))',
        'print(json.dumps({"id": 2, "ok": True, "result": [1]}), flush=True)',
    ]

    async def ask() -> None:
        driver = await Driver.start("fake", command(*lines))
        assert await driver.call("produce") == [1]
        assert driver.acknowledged == 5
        await driver.stop()

    asyncio.run(ask())
