"""The log engine of one machine: every partition a directory, on disk or in memory.

Partitions are opened when they are first used. The directory around them is `data_directory`'s; what
one holds is `partition_storage`'s, how it is opened `recovery`'s, how it is used `partition_log`'s.
"""

from collections.abc import Callable, Iterable

from broker.clock import Clock
from broker.log.data_directory import DataDirectory
from broker.log.engine import LogDirectory, PartitionKey
from broker.log.files import Files
from broker.log.flushing import Flushing
from broker.log.open_files import LogFiles
from broker.log.partition_log import LocalPartitionLog
from broker.log.partition_storage import LOG, PartitionStorage
from broker.log.recovery import Recovery
from broker.log.removal import Removal
from broker.log.unopened import may_be_due
from broker.logger import Logger, SilentLogger
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig

# Nobody waits long for a stop; what is not done then, the next opening of a log does.
MOST_STORED_AT_CLOSE = 200  # logs
MOST_SYNCED_AT_CLOSE = 4
MOST_BYTES_SYNCED_AT_CLOSE = 32 << 20


class LocalLog:
    """`LogEngine` over a directory of `Files`."""

    def __init__(
        self,
        directory: str,
        files: Files,
        clock: Clock,
        settings: BrokerSettings,
        config_of: Callable[[str], TopicConfig],
        *,
        boot_id: str = "",
        sync_in_background: Callable[[Callable[[], None]], None] | None = None,
        logger: Logger | None = None,
    ) -> None:
        """`sync_in_background` runs slow file work without making anybody wait; None: at once.

        Raises: CorruptFile, OSError: the directory cannot be used.
        """
        self._logger = logger or SilentLogger()
        in_background = sync_in_background or _at_once
        self._files = files
        self._log_files = LogFiles.over(files, self._logger)
        self._clock = clock
        self._settings = settings
        self._config_of = config_of
        self._logs: dict[PartitionKey, LocalPartitionLog] = {}
        self._by_topic: dict[str, dict[PartitionKey, LocalPartitionLog]] = {}
        self._told: dict[PartitionKey, str] = {}  # why it cannot be used; clients may try without a pause
        self._flushing = Flushing(
            files, clock, always=settings.kawa_durability == "fsync", in_background=in_background
        )
        self._directory = DataDirectory(
            directory, files, clock, self._logger, boot_id=boot_id, in_background=in_background
        )
        self._removal = Removal(files, clock, self._logger, in_background=in_background)
        self._is_closed = False
        self.may_have_lost = self._directory.may_have_lost

    def create(self, key: PartitionKey) -> LocalPartitionLog:
        """Raises: KafkaError(KAFKA_STORAGE_ERROR): the disk, or a directory that belongs to another topic."""
        if self._is_closed:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{key}: the log is closed")
        found = self._logs.get(key)
        if found is not None:
            return found
        try:
            self._directory.claim(key)
            log = self._open(key)
        except OSError as error:
            raise self._failed(key, error) from error
        self._told.pop(key, None)
        self._logs[key] = log
        self._by_topic.setdefault(key.topic, {})[key] = log
        return log

    def partition(self, key: PartitionKey) -> LocalPartitionLog:
        log = self._logs.get(key)
        return self.create(key) if log is None else log

    def retain(self, key: PartitionKey) -> None:
        log = self._logs.get(key)
        if log is None and self._may_be_due(key):
            log = self.create(key)
        if log is not None:
            log.retain()

    def _may_be_due(self, key: PartitionKey) -> bool:
        if self._is_closed:
            return False
        directory, config = self._directory.partition_path(key), self._config_of(key.topic)
        try:
            return may_be_due(self._files, directory, config, now_ms=self._clock.wall_ms())
        except OSError as error:
            raise self._failed(key, error) from error

    def delete(self, key: PartitionKey) -> None:
        log = self._logs.pop(key, None)
        if log is not None:
            of_topic = self._by_topic[key.topic]
            del of_topic[key]
            if not of_topic:
                del self._by_topic[key.topic]
            self._flushing.forget(log.storage)
            log.storage.let_go()
        try:
            self._directory.remove(key)
        except OSError as error:
            raise self._failed(key, error) from error
        else:
            self._told.pop(key, None)
        finally:
            if log is not None:
                log.refuse(KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"{key} has been deleted"))

    def reconfigure(self, topic: str) -> None:
        config = self._config_of(topic)
        for log in self._by_topic.get(topic, {}).values():
            log.configure(config)

    def discover(self) -> Iterable[PartitionKey]:
        return self._directory.partitions()

    def describe(self) -> list[LogDirectory]:
        """Raises: KafkaError(KAFKA_STORAGE_ERROR)."""
        try:
            total_bytes, usable_bytes = self._files.space(self._directory.path)
            sizes = {key: self._size_bytes(key) for key in self.discover()}
        except OSError as error:
            message = f"{self._directory.path}: {error}"
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, message) from error
        return [LogDirectory(self._directory.path, total_bytes, usable_bytes, sizes)]

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        logs = self._logs.values()
        changed = sorted((log for log in logs if log.unchecked_bytes), key=lambda log: -log.unchecked_bytes)
        for log in changed[:MOST_STORED_AT_CLOSE]:
            log.checkpoint()
        stored = [log for log in logs if not log.unchecked_bytes]
        is_clean = self._sync(stored) and len(stored) == len(logs) and self._is_all_known()
        for log in logs:
            self._flushing.forget(log.storage)
            log.refuse(KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{log.key}: the log is closed"))
        self._removal.close()
        self._log_files.open.close()
        try:
            self._directory.close(is_clean=is_clean)
        except OSError as error:
            self._logger.error("log directory not closed cleanly", error=str(error))

    def _sync(self, logs: list[LocalPartitionLog]) -> bool:
        """Make the logs safe from a power cut, if that is quick; whether all are."""
        unsynced = {log: log.storage.unsynced_bytes(log.log_end_offset) for log in logs}
        dirty = [log for log in logs if unsynced[log]]
        if len(dirty) > MOST_SYNCED_AT_CLOSE or sum(unsynced.values()) > MOST_BYTES_SYNCED_AT_CLOSE:
            return False
        points = self._directory.points
        return all(
            points.sync(log.key, log.storage.unsynced_paths(log.log_end_offset), log.log_end_offset)
            for log in dirty
        )

    def _is_all_known(self) -> bool:
        """Whether no partition is left that a kill may have torn, and nobody has opened since."""
        return self._directory.was_clean or all(key in self._logs for key in self.discover())

    def _open(self, key: PartitionKey) -> LocalPartitionLog:
        directory, config = self._directory, self._config_of(key.topic)
        storage = PartitionStorage(key, directory.partition_path(key), self._log_files, directory.points)
        recovery = Recovery(
            storage,
            self._log_files,
            directory.points,
            is_compacted="compact" in config.cleanup_policy,
            index_interval_bytes=config.index_interval_bytes,
            now_ms=self._clock.wall_ms(),
            producer_expiration_ms=self._settings.producer_id_expiration_ms,
        )
        return LocalPartitionLog(
            key,
            config,
            storage,
            recovery.run(directory.log_start(key)),
            self._clock,
            flushing=self._flushing,
            removal=self._removal,
            on_log_start=directory.keep_log_start,
            producer_expiration_ms=self._settings.producer_id_expiration_ms,
        )

    def _size_bytes(self, key: PartitionKey) -> int:
        log = self._logs.get(key)
        if log is not None:
            return log.size_bytes
        path = self._directory.partition_path(key)
        names = self._files.list(path)
        return sum(self._files.size_bytes(f"{path}/{name}") for name in names if name.endswith(LOG))

    def _failed(self, key: PartitionKey, error: OSError) -> KafkaError:
        if self._told.get(key) != str(error):
            self._told[key] = str(error)
            self._logger.error("partition cannot be used", partition=str(key), error=str(error))
        return KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{key}: {error}")


def _at_once(work: Callable[[], None]) -> None:
    work()
