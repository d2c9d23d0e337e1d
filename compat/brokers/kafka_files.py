"""Apache Kafka 4.3.1 on this machine: its jars, its settings, and the commands that start it (KRaft)."""

import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
POM = Path(__file__).parent / "pom.xml"
JARS = ROOT / "build" / "kafka-libs"
CLUSTER_ID = "a2F3YS1iZXNpZGUta2Fma2E"
PROGRAMS = ("java", "mvn")

PROPERTIES = """\
process.roles={roles}
node.id={node_id}
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners={listeners}
advertised.listeners={listeners}
controller.listener.names=CONTROLLER
log.dirs={folder}/data-{node_id}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.consumer.assignment.interval.ms=0
group.consumer.min.heartbeat.interval.ms=1000
group.consumer.heartbeat.interval.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=5000
"""

LOGGING = """\
rootLogger.level=warn
rootLogger.appenderRef.stderr.ref=stderr
appender.stderr.type=Console
appender.stderr.name=stderr
appender.stderr.target=SYSTEM_ERR
appender.stderr.layout.type=PatternLayout
appender.stderr.layout.pattern=%p %m%n
"""


class Ports(NamedTuple):
    """Of the one controller, and of each node's clients."""

    controller: int
    nodes: tuple[int, ...]


def lacking() -> str | None:
    """The programs that this machine has not got; None: all are there."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if JARS.exists():
        missing = [name for name in missing if name != "mvn"]
    return f"needs {', '.join(missing)}" if missing else None


def fetch_jars() -> Path:
    """The folder of its jars, filled by Maven on first use. Raises: OSError, CalledProcessError."""
    if not JARS.exists():
        partial = JARS.with_name(f".{JARS.name}")
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], check=True, capture_output=True)
        partial.rename(JARS)
    return JARS


def free_ports(nodes: int) -> Ports:
    """Ports that were free a moment ago."""
    probes = [socket.socket() for _ in range(nodes + 1)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        controller, *others = [int(probe.getsockname()[1]) for probe in probes]
        return Ports(controller, tuple(others))
    finally:
        for probe in probes:
            probe.close()


def write_properties(
    folder: Path, ports: Ports, node_id: int, settings: Sequence[tuple[str, str]] = ()
) -> Path:
    """`server.properties` of one node; the first is the controller, too."""
    listeners = f"PLAINTEXT://127.0.0.1:{ports.nodes[node_id - 1]}"
    if node_id == 1:
        listeners += f",CONTROLLER://127.0.0.1:{ports.controller}"
    text = PROPERTIES.format(
        roles="broker,controller" if node_id == 1 else "broker",
        node_id=node_id,
        controller=ports.controller,
        listeners=listeners,
        folder=folder,
    )
    path = folder / f"node-{node_id}.properties"
    path.write_text(text + "".join(f"{name}={value}\n" for name, value in settings))
    (folder / "log4j2.properties").write_text(LOGGING)
    return path


def format_command(jars: Path, properties: Path, *, is_controller: bool = True) -> list[str]:
    command = [*_java(properties.parent), "-cp", f"{jars}/*"]
    command += ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID]
    return [*command, "-c", str(properties), *(["--standalone"] if is_controller else [])]


def serve_command(jars: Path, properties: Path, *, heap: str = "1G") -> list[str]:
    logging = f"-Dlog4j2.configurationFile={properties.parent / 'log4j2.properties'}"
    command = [*_java(properties.parent), f"-Xms{heap}", f"-Xmx{heap}", "-cp", f"{jars}/*", logging]
    return [*command, "kafka.Kafka", str(properties)]


def _java(folder: Path) -> list[str]:
    """Nothing is left outside of the folder, however it ends."""
    return ["java", "-XX:-UsePerfData", f"-Djava.io.tmpdir={folder}"]
