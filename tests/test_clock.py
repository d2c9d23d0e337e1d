"""The system clock: wall time, monotonic time, timers on the event loop."""

import asyncio
import time

from broker.clock import Clock, SystemClock


async def timer_runs() -> bool:
    loop = asyncio.get_running_loop()
    clock: Clock = SystemClock(loop)
    ran = loop.create_future()
    clock.call_at(clock.monotonic_ms(), lambda: ran.set_result(True))
    return bool(await ran)


def test_a_timer_runs_on_the_loop() -> None:
    assert asyncio.run(timer_runs())


async def cancelled_timer_runs() -> bool:
    clock = SystemClock(asyncio.get_running_loop())
    ran: list[int] = []
    clock.call_at(clock.monotonic_ms(), lambda: ran.append(1)).cancel()
    await asyncio.sleep(0)
    return bool(ran)


def test_a_cancelled_timer_does_not_run() -> None:
    assert not asyncio.run(cancelled_timer_runs())


def test_wall_time_is_the_machines_time_in_milliseconds() -> None:
    loop = asyncio.new_event_loop()
    try:
        assert abs(SystemClock(loop).wall_ms() - time.time() * 1000) < 1_000
    finally:
        loop.close()
