"""Kawa's image in a test, with the manners of testcontainers' `KafkaContainer`.

    with KawaContainer("kawa") as kawa:
        producer = KafkaProducer(bootstrap_servers=kawa.get_bootstrap_server())

Clients are told where to connect, and which port the engine gives the container is known only once it
runs. So the container starts waiting, learns its address as a file, and then becomes `kawa serve`.
Containers of the same network reach it at `<hostname or alias>:9092`.
"""

from typing import Any, Self

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

ADVERTISED = "/tmp/kawa-advertised"
WAITING = f"until [ -s {ADVERTISED} ]; do sleep 0.02; done; . {ADVERTISED}; exec kawa serve"
START_TIMEOUT_S = 30
INSIDE_PORT = 9092


class KawaContainer(DockerContainer):
    """A broker in a container; the port of clients outside is `port` inside of it."""

    def __init__(self, image: str = "kawa", port: int = 9093, **kwargs: Any) -> None:
        super().__init__(image, **kwargs)
        self.port = port
        self.with_exposed_ports(port)
        self.with_kwargs(entrypoint=["sh", "-c"])
        self.with_command([WAITING])
        self.with_env("KAFKA_LISTENERS", f"OUTSIDE://0.0.0.0:{port},INSIDE://0.0.0.0:{INSIDE_PORT}")
        self.with_env("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT")
        self.with_env("KAFKA_INTER_BROKER_LISTENER_NAME", "INSIDE")

    def with_setting(self, name: str, value: str) -> Self:
        """A setting of Kafka's, such as `log.retention.ms`."""
        spelled = name.replace("_", "__").replace("-", "___").replace(".", "_")
        return self.with_env(f"KAFKA_{spelled.upper()}", value)

    def get_bootstrap_server(self) -> str:
        """Where clients outside connect to."""
        return f"{self.get_container_host_ip()}:{self.get_exposed_port(self.port)}"

    def start(self, timeout: int = START_TIMEOUT_S) -> Self:
        """Raises: TimeoutError: it does not answer within `timeout` seconds."""
        super().start()
        self.copy_into_container(self._advertised().encode(), ADVERTISED)
        ready = LogMessageWaitStrategy("Kawa answers at")
        ready.with_startup_timeout(timeout)
        ready.wait_until_ready(self)
        return self

    def _advertised(self) -> str:
        inside = (self._network_aliases or ["$(hostname)"])[0] if self._network else "$(hostname)"
        outside = f"OUTSIDE://{self.get_bootstrap_server()}"
        return f"export KAFKA_ADVERTISED_LISTENERS={outside},INSIDE://{inside}:{INSIDE_PORT}\n"
