"""A few cycles, and proof that the checker sees what it is for."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from compat.brokers.broker import BrokerOptions
from compat.brokers.kawa import KawaBroker
from compat.crash.run import Verdict, crash_again_and_again
from tests.compat.faults.crashes import lost_in_a_crash


class Forgetful(KawaBroker):
    """Does something to its data directory whenever it is killed."""

    def __init__(self, on_kill: Callable[[Path], bool]) -> None:
        super().__init__(BrokerOptions())
        self._on_kill = on_kill

    async def kill(self) -> None:
        await super().kill()
        self._on_kill(self.data_directory)


def crashed(broker: KawaBroker, *, cycles: int, patience_s: float) -> Verdict:
    async def run() -> Verdict:
        async with broker:
            return await crash_again_and_again(
                broker, cycles=cycles, seed=1, told=lambda *_: None, patience_s=patience_s
            )

    return asyncio.run(run())


def test_nothing_is_lost_doubled_or_out_of_order_in_three_kills_under_load() -> None:
    verdict = crashed(KawaBroker(BrokerOptions()), cycles=3, patience_s=20.0)
    assert verdict.wrong == []
    assert verdict.cycles == 3
    assert verdict.records >= verdict.acknowledged > 0


def test_a_broker_that_loses_what_it_acknowledged_is_found_out() -> None:
    verdict = crashed(Forgetful(lost_in_a_crash().on_kill), cycles=3, patience_s=2.0)
    assert verdict.wrong
