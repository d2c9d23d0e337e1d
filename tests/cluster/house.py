"""A real cluster over a state store and logs in memory, to be closed and opened again."""

import os
from typing import NamedTuple

from broker.cluster.cluster import Cluster
from broker.cluster.configs import Configs
from broker.cluster.creation import plan_topic
from broker.cluster.topics import Topic
from broker.log.files import Files
from broker.log.local_log import LocalLog
from broker.log.memory_files import MemoryFiles
from broker.settings.broker import BrokerSettings
from broker.state.store import StateStore
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger


class House(NamedTuple):
    cluster: Cluster
    state: StateStore
    logs: LocalLog
    files: Files
    logger: RecordingLogger
    clock: VirtualClock

    def make(self, name: str = "orders", partitions: int = 1, **configs: object) -> Topic:
        """`configs` with `_` for `.`."""
        values = {key.replace("_", "."): str(value) for key, value in configs.items()}
        return self.cluster.topics.create(
            plan_topic(self.cluster, name, partitions=partitions, configs=values)
        )

    def again(self, **settings: object) -> "House":
        """The same after a kill: state and files are what they were."""
        return house(state=self.state, files=self.files, **settings)


def house(*, state: StateStore | None = None, files: Files | None = None, **settings: object) -> House:
    """`settings` with `_` for `.`."""
    broker = BrokerSettings.from_values(
        {name.replace("_", "."): str(value) for name, value in settings.items()}
    )
    state = state or StateStore.open(None, schedule=lambda write: None)
    files = files or MemoryFiles()
    configs = Configs(state, broker)
    logger = RecordingLogger()
    clock = VirtualClock()
    logs = LocalLog("data", files, clock, broker, configs.topic, logger=logger)
    cluster = Cluster.open(broker, state, logs, os.urandom, configs=configs)
    for node_id in cluster.nodes:
        own = broker if node_id == broker.node_id else broker.with_values({"node.id": str(node_id)})
        configs.add_broker(own)
    return House(cluster, state, logs, files, logger, clock)
