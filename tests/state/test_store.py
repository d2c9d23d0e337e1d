"""The state store as its users see it, and what a crash leaves of it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from broker.state.errors import StateError
from broker.state.rows import DeletedTopic, PartitionRow, ResourceType, TopicRow
from broker.state.store import StateStore

ROOT = Path(__file__).parents[2]
ORDERS = TopicRow("orders", b"o" * 16, [PartitionRow(1, 0, (1,))])


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = StateStore.open(path)
    with store.transaction():
        store.cluster.put_cluster_id("abc")
        store.topics.put(ORDERS)
        store.configs.put(ResourceType.TOPIC, "orders", {"retention.ms": "5"})
        assert store.producer_ids.allocate_block(10) == range(10)
    store.close()
    store = StateStore.open(path)
    assert store.cluster.cluster_id == "abc"
    assert store.topics.all() == [ORDERS]
    assert store.configs.all() == {(ResourceType.TOPIC, "orders"): {"retention.ms": "5"}}
    assert store.producer_ids.allocate_block(10) == range(10, 20)
    store.close()


def test_memory_behaves_like_a_file() -> None:
    store = StateStore.open(None)
    with store.transaction():
        store.topics.put(ORDERS)
    assert store.topics.all() == [ORDERS]
    store.close()


def test_a_transaction_that_breaks_off_leaves_nothing() -> None:
    store = StateStore.open(None)

    def break_off() -> None:
        with store.transaction():
            store.topics.put(ORDERS)
            store.topics.mark_deleted(DeletedTopic("orders", ORDERS.topic_id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert (store.topics.all(), store.topics.deleted()) == ([], [])
    store.close()


def test_a_transaction_comes_after_what_was_enqueued_before_it() -> None:
    async def scenario() -> None:
        store = StateStore.open(None)
        kept = store.enqueue(lambda: store.cluster.put("a", "enqueued"))
        with store.transaction():
            assert store.cluster.get("a") == "enqueued"
            store.cluster.put("a", "transaction")
        assert kept.done()
        await asyncio.sleep(0)
        assert store.cluster.get("a") == "transaction"
        store.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("durable_full", [False, True])
def test_closing_keeps_what_is_enqueued(tmp_path: Path, durable_full: bool) -> None:
    path = tmp_path / "state.db"

    async def scenario() -> None:
        store = StateStore.open(path, durable_full=durable_full)
        await store.enqueue(lambda: store.cluster.put("a", "1"))
        kept = store.enqueue(lambda: store.cluster.put("b", "2"))
        store.close()
        assert kept.done()

    asyncio.run(scenario())
    store = StateStore.open(path)
    assert (store.cluster.get("a"), store.cluster.get("b")) == ("1", "2")
    store.close()


def test_a_store_in_use_is_refused(tmp_path: Path) -> None:
    first = StateStore.open(tmp_path / "state.db")
    with pytest.raises(StateError, match="is in use by another process"):
        StateStore.open(tmp_path / "state.db")
    first.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from broker.state.store import StateStore

async def main() -> None:
    store = StateStore.open(Path(sys.argv[1]), durable_full=sys.argv[2] == "full")
    begin = int(store.cluster.get("last") or 0)
    for block in range(begin, begin + 10**9, 8):
        writes = []
        for number in range(block + 1, block + 9):
            def write(number=number):
                store.cluster.put("last", str(number))
                store.cluster.put(f"key-{number}", "x" * 200)
            writes.append(store.enqueue(write))
        await asyncio.gather(*writes)
        print(block + 8, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("mode", ["normal", "full"])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "state.db"
    for _ in range(3):
        acknowledged = kill_in_mid_commit(path, mode)
        store = StateStore.open(path)
        last = int(store.cluster.get("last") or 0)
        assert last >= acknowledged
        assert last % 8 == 0, "a commit is there as a whole or not at all"
        assert all(store.cluster.get(f"key-{number}") for number in range(1, last + 1))
        assert store.cluster.get(f"key-{last + 1}") is None
        store.close()


def kill_in_mid_commit(path: Path, mode: str) -> int:
    """The last number that a writing process had acknowledged when it was killed."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), mode], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = 0
    for _ in range(100):
        acknowledged = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    for line in writer.stdout.read().splitlines(keepends=True):
        if line.endswith("\n"):
            acknowledged = int(line)
    writer.wait()
    writer.stdout.close()
    return acknowledged
