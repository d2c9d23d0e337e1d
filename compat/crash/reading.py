"""What a log holds, and what a group has committed, by a stock consumer."""

import time
from types import TracebackType

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from compat.crash.history import PartitionCheck
from compat.failures import ScenarioFailed

AT_ONCE = 5_000


class Reader:
    """Goes on where it stopped; it commits what it has read, and asks for what it has committed."""

    def __init__(
        self, bootstrap: str, topic: str, checks: list[PartitionCheck], *, patience_s: float
    ) -> None:
        self._topic = topic
        self._patience_s = patience_s
        self._checks = checks
        self._committed = [0] * len(checks)
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "reader",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
                "reconnect.backoff.ms": 10,
                "reconnect.backoff.max.ms": 50,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(topic, number, 0) for number in range(len(checks))])

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def read_to(self, ends: list[int]) -> None:
        """At least up to these offsets, one a partition. Raises: ScenarioFailed: they do not come."""
        deadline = time.monotonic() + self._patience_s
        while any(check.next_offset < end for check, end in zip(self._checks, ends, strict=True)):
            for message in self._consumer.consume(AT_ONCE, timeout=0.05):
                self._see(message)
            if time.monotonic() > deadline:
                found = [check.next_offset for check in self._checks]
                raise ScenarioFailed(
                    f"acknowledged up to {ends}, {self._patience_s:.0f} s later read up to {found}"
                )

    def _see(self, message: object) -> None:
        error = message.error()  # type: ignore[attr-defined]
        if error is None:
            check = self._checks[message.partition()]  # type: ignore[attr-defined]
            check.see(message.offset(), message.value())  # type: ignore[attr-defined]
        elif error.code() in {KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET}:
            raise ScenarioFailed(f"what had been read is gone: {error}")

    def ends(self) -> list[int]:
        """Of the logs, in the order of the partitions."""
        numbers = range(len(self._checks))
        return [
            self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, number), timeout=self._patience_s
            )[1]
            for number in numbers
        ]

    def commit(self) -> None:
        """What was read so far; answered means kept."""
        places = [
            TopicPartition(self._topic, number, check.next_offset)
            for number, check in enumerate(self._checks)
        ]
        self._consumer.commit(offsets=places, asynchronous=False)
        self._committed = [place.offset for place in places]

    def lost_commits(self) -> list[str]:
        """Where less is committed than was acknowledged."""
        places = [TopicPartition(self._topic, number) for number in range(len(self._checks))]
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                found = [max(0, place.offset) for place in self._consumer.committed(places, timeout=5.0)]
                break
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
        return [
            f"partition {number}: {wanted} was committed, the group has {offset}"
            for number, (wanted, offset) in enumerate(zip(self._committed, found, strict=True))
            if wanted != offset
        ]
