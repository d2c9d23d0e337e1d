"""What the nodes of a process share: the data directory, its state, its logs, and the cluster.

Only one process may use a data directory: `.lock` in it is locked as long as it does.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

from broker.app.background import Background
from broker.clock import Clock
from broker.cluster.cluster import Cluster
from broker.cluster.configs import Configs
from broker.log.engine import LogEngine
from broker.log.files import DiskFiles, Files
from broker.log.local_log import LocalLog
from broker.log.memory_files import MemoryFiles
from broker.logger import Logger
from broker.settings.broker import BrokerSettings
from broker.state.store import StateStore

LOCK_NAME = ".lock"
STATE_NAME = "kawa-state.db"


class Outside(NamedTuple):
    """What a process takes from the world, and a test may put in its place."""

    logger: Logger
    clock: Clock
    random_bytes: Callable[[int], bytes]


class Data(NamedTuple):
    """`directory` None: everything is in memory."""

    directory: str | None
    state: StateStore
    logs: LogEngine
    cluster: Cluster


def open_data(settings: BrokerSettings, outside: Outside, stack: ExitStack) -> Data:
    """Whatever is opened is closed by `stack`. Raises: StateError, CorruptFile, KafkaError, OSError."""
    if settings.kawa_memory:
        return _open(None, MemoryFiles(), settings, outside, stack)
    first, *others = settings.data_directories
    if others:
        outside.logger.warning("only the first of log.dirs is used", used=first, not_used=", ".join(others))
    directory = os.path.abspath(first)
    files = DiskFiles()
    files.make_directory(directory)
    stack.callback(files.lock(f"{directory}/{LOCK_NAME}").release)
    return _open(directory, files, settings, outside, stack)


def _open(
    directory: str | None, files: Files, settings: BrokerSettings, outside: Outside, stack: ExitStack
) -> Data:
    state = StateStore.open(
        None if directory is None else f"{directory}/{STATE_NAME}",
        durable_full=settings.kawa_durability == "fsync",
        logger=outside.logger,
    )
    stack.callback(state.close)
    configs = Configs(state, settings)
    background = Background(outside.logger)
    stack.callback(background.close)
    logs = LocalLog(
        directory or "memory",
        files,
        outside.clock,
        settings,
        configs.topic,
        boot_id=boot_id() if directory is not None else "",
        sync_in_background=None if directory is None else background,
        logger=outside.logger,
    )
    stack.callback(logs.close)
    cluster = Cluster.open(settings, state, logs, outside.random_bytes, configs=configs)
    adopt(cluster, logs, outside.logger)
    if logs.may_have_lost:
        cluster.topics.renew_epochs()
        outside.logger.warning("the machine was off: records that were not synced may be gone")
    return Data(directory, state, logs, cluster)


def adopt(cluster: Cluster, logs: LogEngine, logger: Logger) -> None:
    """Take over partition directories that the state does not know: its file was lost, or they were
    copied here. Each keeps the topic id of its `partition.metadata`."""
    found: dict[tuple[str, bytes], int] = {}
    for key in logs.discover():
        if key.topic_id not in cluster.topics.by_id:
            name = (key.topic, key.topic_id)
            found[name] = max(found.get(name, 0), key.partition + 1)
    for (topic, topic_id), partitions in found.items():
        if topic in cluster.topics.by_name:
            logger.error("topic is not taken over: another one has its name", topic=topic)
            continue
        cluster.topics.adopt(topic, topic_id, partitions)
        logger.warning("topic taken over from its directories", topic=topic, partitions=partitions)


def boot_id() -> str:
    """What changes when the machine starts anew: since then, files may lack what was not synced."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        import subprocess

        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]  # macOS
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
