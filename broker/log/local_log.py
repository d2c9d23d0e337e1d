"""The log engine of one machine: every partition a directory, on disk or in memory.

    <data>/<topic>-<partition>/            see `partition_storage`
    <data>/log-start-offset-checkpoint     where logs begin whose first records were deleted (Kafka's format)
    <data>/recovery-point-offset-checkpoint    up to where logs were synced (Kafka's format)
    <data>/boot-id                         of the machine's boot in which the files were written last

A partition is opened when it is first used. Deletion renames its directory to
`<topic>-<partition>.<id>-delete` and then removes it; what a crash leaves of that is removed at start.
"""

import re
from collections.abc import Callable, Iterable

from broker.clock import Clock
from broker.log.corrupt_file import CorruptFile
from broker.log.engine import LogDirectory, PartitionKey
from broker.log.files import Files
from broker.log.offset_checkpoint import read_offsets, write_offsets
from broker.log.open_files import OpenFiles
from broker.log.partition_log import LocalPartitionLog
from broker.log.partition_metadata import FILE_NAME, read_partition_metadata, write_partition_metadata
from broker.log.partition_storage import PartitionStorage
from broker.log.segment import Segment
from broker.logger import Logger, SilentLogger
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.uuids import uuid_to_text
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig

DIRECTORY = re.compile(r"(?P<topic>[a-zA-Z0-9._-]{1,249})-(?P<partition>\d+)")
DELETED = "-delete"
LOG_START = "log-start-offset-checkpoint"
SYNCED = "recovery-point-offset-checkpoint"
BOOT_ID = "boot-id"


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
        self._directory = directory
        self._files = files
        self._open_files = OpenFiles(files)
        self._clock = clock
        self._settings = settings
        self._config_of = config_of
        self._in_background = sync_in_background
        self._logger = logger or SilentLogger()
        self._logs: dict[PartitionKey, LocalPartitionLog] = {}
        self._is_closed = False
        files.make_directory(directory)
        self._log_starts = self._read_offsets(LOG_START)
        self._synced = self._read_offsets(SYNCED)
        self._is_same_boot = self._take_boot(boot_id)
        self._remove_deleted()

    def create(self, key: PartitionKey) -> LocalPartitionLog:
        try:
            return self._open(key)
        except OSError as error:
            raise self._failed(key, error) from error

    def partition(self, key: PartitionKey) -> LocalPartitionLog:
        log = self._logs.get(key)
        return self.create(key) if log is None else log

    def delete(self, key: PartitionKey) -> None:
        log = self._logs.pop(key, None)
        path = self._path(key)
        self._log_starts.pop((key.topic, key.partition), None)
        self._synced.pop((key.topic, key.partition), None)
        try:
            if self._files.exists(path):
                for name in self._files.list(path):
                    self._open_files.forget(f"{path}/{name}")
                gone = f"{path}.{key.topic_id.hex()}{DELETED}"
                self._files.rename(path, gone)
                self._files.remove_directory(gone)
        except OSError as error:
            raise self._failed(key, error) from error
        finally:
            if log is not None:
                log.close()

    def reconfigure(self, topic: str) -> None:
        config = self._config_of(topic)
        for key, log in self._logs.items():
            if key.topic == topic:
                log.config = config

    def discover(self) -> Iterable[PartitionKey]:
        for name in self._files.list(self._directory):
            match = DIRECTORY.fullmatch(name)
            path = f"{self._directory}/{name}/{FILE_NAME}"
            if match is None or not self._files.exists(path):
                continue
            try:
                topic_id = read_partition_metadata(self._files.read_all(path))
            except CorruptFile as error:
                self._logger.error("partition is not taken over", directory=name, error=str(error))
                continue
            yield PartitionKey(match["topic"], topic_id, int(match["partition"]))

    def describe(self) -> list[LogDirectory]:
        total_bytes, usable_bytes = self._files.space(self._directory)
        sizes = {key: log.size_bytes for key, log in self._logs.items()}
        for key in self.discover():
            if key not in sizes:
                sizes[key] = self._size_on_disk(key)
        return [LogDirectory(self._directory, total_bytes, usable_bytes, sizes)]

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        for log in self._logs.values():
            log.checkpoint()
            log.close()
        self._open_files.close()

    def _open(self, key: PartitionKey) -> LocalPartitionLog:
        path = self._path(key)
        self._claim(key, path)
        name = key.topic, key.partition
        storage = PartitionStorage(
            key,
            path,
            self._open_files,
            log_start_offset=self._log_starts.get(name, 0),
            trusted_offset=None if self._is_same_boot else self._synced.get(name, 0),
            now_ms=self._clock.wall_ms(),
            producer_expiration_ms=self._settings.producer_id_expiration_ms,
            on_rolled=lambda segment, offset: self._sync(key, segment, offset),
            on_log_start=lambda offset: self._keep_log_start(key, offset),
            logger=self._logger,
        )
        log = self._logs[key] = LocalPartitionLog(key, self._config_of(key.topic), storage, self._clock)
        return log

    def _claim(self, key: PartitionKey, path: str) -> None:
        """Make the directory, or see that it belongs to this very topic."""
        metadata = f"{path}/{FILE_NAME}"
        if not self._files.exists(metadata):
            self._files.make_directory(path)
            self._files.replace(metadata, write_partition_metadata(key.topic_id))
            return
        try:
            found = read_partition_metadata(self._files.read_all(metadata))
        except CorruptFile as error:
            raise OSError(f"{metadata}: {error}") from error
        if found != key.topic_id:
            wanted = uuid_to_text(key.topic_id)
            raise OSError(f"{path} belongs to topic id {uuid_to_text(found)}, not to {wanted}")

    def _sync(self, key: PartitionKey, segment: Segment, offset: int) -> None:
        """Make a closed segment safe from a power cut, and note that it is."""
        file = segment.file
        file.pin()

        def sync() -> None:
            try:
                file.sync()
            finally:
                file.unpin()

        if self._in_background is not None:
            self._in_background(sync)
        else:
            sync()
        self._synced[key.topic, key.partition] = offset
        self._files.replace(f"{self._directory}/{SYNCED}", write_offsets(self._synced))

    def _keep_log_start(self, key: PartitionKey, offset: int) -> None:
        self._log_starts[key.topic, key.partition] = offset
        self._files.replace(f"{self._directory}/{LOG_START}", write_offsets(self._log_starts))

    def _path(self, key: PartitionKey) -> str:
        return f"{self._directory}/{key}"

    def _size_on_disk(self, key: PartitionKey) -> int:
        path = self._path(key)
        names = self._files.list(path)
        return sum(self._files.size_bytes(f"{path}/{name}") for name in names if name.endswith(".log"))

    def _read_offsets(self, name: str) -> dict[tuple[str, int], int]:
        path = f"{self._directory}/{name}"
        return read_offsets(self._files.read_all(path)) if self._files.exists(path) else {}

    def _take_boot(self, boot_id: str) -> bool:
        """Whether the files were written in this boot of the machine; from now on they are."""
        path = f"{self._directory}/{BOOT_ID}"
        found = self._files.read_all(path).decode(errors="replace") if self._files.exists(path) else boot_id
        if found != boot_id or not self._files.exists(path):
            self._files.replace(path, boot_id.encode())
        return found == boot_id

    def _remove_deleted(self) -> None:
        for name in self._files.list(self._directory):
            if name.endswith(DELETED):
                self._files.remove_directory(f"{self._directory}/{name}")

    def _failed(self, key: PartitionKey, error: OSError) -> KafkaError:
        self._logger.error("partition cannot be used", partition=str(key), error=str(error))
        return KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{key}: {error}")
