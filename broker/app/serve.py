"""What `kawa serve` runs: a process that serves until it is told to stop."""

import asyncio
import gc
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from broker.app.logging import EventLog
from broker.app.process import Process, running
from broker.app.warm_up import WarmUp
from broker.clock import SystemClock
from broker.settings.broker import BrokerSettings

MOST_DESCRIPTORS = 1 << 16
MACOS_DESCRIPTORS = 10240  # where no limit is told, yet no more than its OPEN_MAX are given


def serve_until_stopped(
    settings: BrokerSettings, *, warnings: Iterable[str], announce: Callable[[Process], None]
) -> None:
    """SIGTERM and SIGINT drain the connections and end it. Raises: StartError, InvalidSetting."""
    take_all_descriptors()
    asyncio.run(_serve(settings, warnings, announce))


async def _serve(
    settings: BrokerSettings, warnings: Iterable[str], announce: Callable[[Process], None]
) -> None:
    loop = asyncio.get_running_loop()
    clock = SystemClock(loop)
    logger = EventLog(level=settings.kawa_log_level, stream=sys.stderr, wall_ms=clock.wall_ms)
    stopping = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, stopping)
    for warning in warnings:
        logger.warning(warning)
    if idle := settings.without_effect():
        logger.warning("settings without effect yet", settings=", ".join(idle))
    try:
        async with running(settings, logger=logger, clock=clock) as process:
            announce(process)
            gc.freeze()  # what a start has made stays: collections need not look at it
            gc.enable()
            warm_up = WarmUp(clock, logger.load, [node.broker for node in process.nodes])
            await stopping
            warm_up.stop()
            logger.info("stopping")
    finally:
        logger.flush()


def take_all_descriptors() -> None:
    """A shell's limit of open files, often 256 or 1024, is for programs that use few: go up to what is
    allowed, as Java does for Apache Kafka."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MACOS_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _stop(stopping: "asyncio.Future[None]") -> None:
    if not stopping.done():
        stopping.set_result(None)
