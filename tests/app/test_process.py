"""Brokers in this very process: they start at once, stay apart, and leave nothing behind."""

import asyncio
import errno
import os
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from broker.app.process import Process, problems_in_one_line, running
from broker.app.start_error import StartError
from broker.cli import health
from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting

IN_MEMORY = {"kawa.memory": "true", "listeners": "PLAINTEXT://127.0.0.1:0"}


def run(use: Callable[[Process], Awaitable[None]], **changes: str) -> None:
    values = {**IN_MEMORY, **{name.replace("_", "."): text for name, text in changes.items()}}

    async def scenario() -> None:
        async with running(BrokerSettings.from_values(values)) as process:
            await use(process)

    asyncio.run(scenario())


def on_disk(path: Path, **changes: str) -> dict[str, str]:
    return {"log_dirs": str(path), "kawa_memory": "false", **changes}


async def answers(bootstrap: str) -> bool:
    return await asyncio.to_thread(health.run, Namespace(bootstrap=bootstrap)) == 0


async def nothing(_: Process) -> None:
    pass


def test_it_answers_from_the_first_moment_on() -> None:
    async def use(process: Process) -> None:
        assert process.bootstrap_servers == f"127.0.0.1:{process.nodes[0].port}"
        assert process.data_directory is None
        assert await answers(process.bootstrap_servers)

    run(use)


def test_several_nodes_have_ids_and_ports_of_their_own() -> None:
    async def use(process: Process) -> None:
        assert [node.node_id for node in process.nodes] == [7, 8, 9]
        assert len({node.port for node in process.nodes}) == 3
        for address in process.bootstrap_servers.split(","):
            assert await answers(address)

    run(use, kawa_brokers="3", node_id="7")


def test_two_processes_live_in_one_interpreter() -> None:
    async def scenario() -> None:
        settings = BrokerSettings.from_values(IN_MEMORY)
        async with running(settings) as one, running(settings) as other:
            assert one.bootstrap_servers != other.bootstrap_servers
            assert await answers(one.bootstrap_servers)
            assert await answers(other.bootstrap_servers)

    asyncio.run(scenario())


def test_the_port_is_free_again_after_the_end() -> None:
    ports = []

    async def use(process: Process) -> None:
        ports.append(process.nodes[0].port)

    run(use)
    run(use, listeners=f"PLAINTEXT://127.0.0.1:{ports[0]}")
    assert ports[0] == ports[1]


def test_topics_are_there_from_the_start_and_only_made_once(tmp_path: Path) -> None:
    ids = []

    async def use(process: Process) -> None:
        topic = process.nodes[0].broker.cluster.topics.by_name["orders"]
        assert len(topic.partitions) == 3
        ids.append(topic.topic_id)

    for _ in range(2):
        run(use, **on_disk(tmp_path, kawa_topics="orders:3:retention.ms=5"))
    assert ids[0] == ids[1]


def test_a_first_topic_with_a_wrong_configuration_stops_the_start() -> None:
    with pytest.raises(InvalidSetting, match="retention"):
        run(nothing, kawa_topics="orders:3:retention.ms=soon")


def test_a_first_topic_has_its_configuration() -> None:
    async def use(process: Process) -> None:
        cluster = process.nodes[0].broker.cluster
        assert cluster.topics.by_name["orders"].partitions[0].log.config.retention_ms == 5

    run(use, kawa_topics="orders:3:retention.ms=5")


def test_a_data_directory_belongs_to_one_process(tmp_path: Path) -> None:
    async def use(_: Process) -> None:
        settings = BrokerSettings.from_values(
            {**IN_MEMORY, "log.dirs": str(tmp_path), "kawa.memory": "false"}
        )
        with pytest.raises(StartError, match=f"held by process {os.getpid()}"):
            async with running(settings):
                pass

    run(use, **on_disk(tmp_path))


def test_a_directory_that_the_state_does_not_know_is_taken_over_with_its_id(tmp_path: Path) -> None:
    ids = []

    async def use(process: Process) -> None:
        topic = process.nodes[0].broker.cluster.topics.by_name["orders"]
        assert len(topic.partitions) == 2
        assert all(partition.log.log_end_offset == 0 for partition in topic.partitions)
        ids.append(topic.topic_id)

    run(use, **on_disk(tmp_path, kawa_topics="orders:2"))
    for name in os.listdir(tmp_path):
        if name.startswith("kawa-state"):
            (tmp_path / name).unlink()
    run(use, **on_disk(tmp_path))
    assert ids[0] == ids[1]


def test_a_damaged_state_stops_the_start_with_one_line(tmp_path: Path) -> None:
    run(nothing, **on_disk(tmp_path))
    state = next(path for path in tmp_path.iterdir() if path.name == "kawa-state.db")
    for path in tmp_path.glob("kawa-state.db?*"):
        path.unlink()
    state.write_bytes(b"not a database, " * 1000)
    with pytest.raises(StartError) as failure:
        run(nothing, **on_disk(tmp_path))
    assert "kawa-state.db" in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_port_that_is_taken_stops_the_start_and_frees_the_directory(tmp_path: Path) -> None:
    async def use(process: Process) -> None:
        taken = f"PLAINTEXT://127.0.0.1:{process.nodes[0].port}"
        settings = {"listeners": taken, "log.dirs": str(tmp_path)}
        with pytest.raises(StartError, match="taken"):
            async with running(BrokerSettings.from_values(settings)):
                pass

    run(use)
    run(nothing, **on_disk(tmp_path))


def test_a_first_topic_has_the_default_replication() -> None:
    async def use(process: Process) -> None:
        topic = process.nodes[0].broker.cluster.topics.by_name["orders"]
        assert [len(partition.replicas) for partition in topic.partitions] == [2, 2]

    run(use, kawa_topics="orders:2", kawa_brokers="2", default_replication_factor="2")


def test_an_error_of_a_file_without_a_name_tells_the_directory() -> None:
    with pytest.raises(StartError, match=r"^/data: No space left on device$"), problems_in_one_line("/data"):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StartError, match=r"^/data/x: gone$"), problems_in_one_line("/data"):
        raise OSError(errno.ENOENT, "gone", "/data/x")


def test_where_it_listens_and_what_clients_are_told_may_differ() -> None:
    async def use(process: Process) -> None:
        port = process.nodes[0].port
        assert process.bootstrap_servers == f"127.0.0.1:{port}"
        assert process.advertised == "elsewhere:7"

    run(use, listeners="PLAINTEXT://:0", advertised_listeners="PLAINTEXT://elsewhere:7")
