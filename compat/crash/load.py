"""Stock idempotent producers (librdkafka's) that go on through every crash."""

import threading
from functools import partial
from types import TracebackType
from typing import Any

from confluent_kafka import KafkaException, Producer

from compat.crash.history import History, Stream

IN_FLIGHT = 300  # per producer: what may be unacknowledged when a kill comes
POLL_S = 0.002
FLUSH_S = 60.0
PATIENT = {
    "enable.idempotence": True,
    "linger.ms": 1,
    "reconnect.backoff.ms": 10,
    "reconnect.backoff.max.ms": 50,
    "retry.backoff.ms": 10,
    "topic.metadata.refresh.interval.ms": 1000,
    "log_level": 0,
}


class Load:
    """Within its block every stream of the history is produced to, each producer from a thread."""

    def __init__(self, bootstrap: str, topic: str, history: History) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._history = history
        self._ending = threading.Event()
        self._patience_s = FLUSH_S
        producers = sorted({stream.producer for stream in history.sent})
        self._threads = [threading.Thread(target=self._produce, args=[number]) for number in producers]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is under way is waited for, the broker has to run; after an error it is given up."""
        self._patience_s = FLUSH_S if error is None else 0.0
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _produce(self, number: int) -> None:
        producer = Producer({**PATIENT, "bootstrap.servers": self._bootstrap})
        streams = [stream for stream in self._history.sent if stream.producer == number]
        try:
            while not self._ending.is_set():
                if len(producer) < IN_FLIGHT:
                    for stream in streams:
                        self._send(producer, stream)
                producer.poll(POLL_S)
            left = producer.flush(self._patience_s)
            if left:
                self._history.failed(f"producer {number}: {left} records without an answer at the end")
        except KafkaException as error:
            self._history.failed(f"producer {number}: {error}")

    def _send(self, producer: Any, stream: Stream) -> None:
        value = self._history.next_value(stream)
        producer.produce(
            self._topic, value, partition=stream.partition, on_delivery=partial(self._delivered, stream)
        )

    def _delivered(self, stream: Stream, error: Any, message: Any) -> None:
        if error is not None:
            self._history.failed(f"{stream}: {error}")
        else:
            self._history.acknowledged(stream, message.offset())
