"""What a data directory holds beside its partitions, and what is put right in it before they are used.

    <topic>-<partition>/                    see `partition_storage`
    <topic>-<partition>.<id>-delete/        a deleted one whose files are still to go
    log-start-offset-checkpoint             where logs begin whose first records were deleted (Kafka's format)
    recovery-point-offset-checkpoint        see `recovery_points`
    kawa-boot-id                            of the boot of this machine in which the logs were written
    .kafka_cleanshutdown                    there while everything is synced and nobody uses the directory

A killed broker loses nothing that it had given to the operating system; a machine that lost its power
does. So at the first start after a new boot the snapshots above each recovery point go: they vouch for
bytes that may not be there. What remains may be trusted, however often the broker is killed from then on.
"""

from collections.abc import Callable, Iterator
from functools import partial

from broker.clock import Clock, Timer
from broker.log.corrupt_file import CorruptFile
from broker.log.engine import PartitionKey
from broker.log.files import Files
from broker.log.offset_checkpoint import OffsetCheckpoint, TopicPartition
from broker.log.partition_metadata import FILE_NAME, read_partition_metadata, write_partition_metadata
from broker.log.partition_storage import SNAPSHOT, offsets_of
from broker.log.recovery_points import RecoveryPoints
from broker.log.segment import file_name
from broker.logger import Logger
from broker.protocol.uuids import uuid_to_text

DELETED = "-delete"
LONGEST_NAME = 255
LOG_STARTS = "log-start-offset-checkpoint"
BOOT_ID = "kawa-boot-id"
CLEAN_SHUTDOWN = ".kafka_cleanshutdown"


class DataDirectory:
    """One data directory, for one `LocalLog` at a time."""

    def __init__(
        self,
        path: str,
        files: Files,
        clock: Clock,
        logger: Logger,
        *,
        boot_id: str,
        in_background: Callable[[Callable[[], None]], None],
    ) -> None:
        """Raises: CorruptFile, OSError."""
        self.path = path
        self._files = files
        self._clock = clock
        self._logger = logger
        self._in_background = in_background
        files.make_directory(path)
        names = files.list(path)
        self.points = RecoveryPoints(path, files, logger, in_background=in_background)
        self.was_clean = CLEAN_SHUTDOWN in names or not any(map(_topic_partition, names))
        if CLEAN_SHUTDOWN in names:
            files.remove(f"{path}/{CLEAN_SHUTDOWN}")
            in_background(self._sync_names)  # else a power cut would bring it back
        is_new_boot = self._take_boot(boot_id, names)
        self.may_have_lost = is_new_boot and BOOT_ID in names and not self.was_clean
        self._log_starts = OffsetCheckpoint(f"{path}/{LOG_STARTS}", files, logger)
        self._log_starts_timer: Timer | None = None
        self._load_log_starts(may_be_torn=is_new_boot)
        self._remove_deleted(names)

    def partition_path(self, key: PartitionKey) -> str:
        return f"{self.path}/{key}"

    def claim(self, key: PartitionKey) -> None:
        """Make the partition's directory, or see that it belongs to this very topic.

        Raises: OSError: also where another topic id owns it.
        """
        directory, content = self.partition_path(key), write_partition_metadata(key.topic_id)
        try:
            owner = self._owner(directory, beginning_of=content)
        except CorruptFile as error:
            raise OSError(f"{directory}/{FILE_NAME}: {error}") from error
        if owner == key.topic_id:
            return
        if owner is not None:
            wanted, found = uuid_to_text(key.topic_id), uuid_to_text(owner)
            raise OSError(f"{directory} belongs to topic id {found}, not to {wanted}")
        if self._files.exists(directory):  # of a Kafka without topic ids, or a power cut took the file
            self._logger.warning("partition gets the id of its topic", directory=directory)
        else:
            self._files.make_directory(directory)
            self._forget(key)
        self._files.replace(f"{directory}/{FILE_NAME}", content)

    def _owner(self, directory: str, *, beginning_of: bytes = b"") -> bytes | None:
        """The topic id a directory belongs to; None where nothing, or what a power cut left, says so.

        Raises: CorruptFile, OSError.
        """
        try:
            data = self._files.read_all(f"{directory}/{FILE_NAME}").rstrip(b"\0")
        except FileNotFoundError:
            return None
        if not data or (data != beginning_of and beginning_of.startswith(data)):
            return None
        return read_partition_metadata(data)

    def remove(self, key: PartitionKey) -> None:
        """Take the partition's name away at once, and its files when there is time.

        A directory that belongs to another topic stays. Raises: OSError.
        """
        self._forget(key)
        directory = self.partition_path(key)
        try:
            owner = self._owner(directory)
        except CorruptFile:
            owner = None  # whatever it was, it stands where the deleted topic should be
        if owner not in {None, key.topic_id} or not self._files.exists(directory):
            return
        ending = f".{key.topic_id.hex()}{DELETED}"
        deleted = f"{self.path}/{str(key)[: LONGEST_NAME - len(ending)]}{ending}"
        self._files.rename(directory, deleted)
        self._in_background(partial(self._remove_directory, deleted))

    def partitions(self) -> Iterator[PartitionKey]:
        """By the names of directories and their `partition.metadata`. Raises: OSError."""
        for name in self._files.list(self.path):
            found = _topic_partition(name)
            if found is None:
                continue
            try:
                topic_id = self._owner(f"{self.path}/{name}")
            except NotADirectoryError:
                continue
            except CorruptFile as error:
                self._logger.error("partition is not taken over", directory=name, error=str(error))
                continue
            if topic_id is not None:
                yield PartitionKey(found[0], topic_id, found[1])

    def log_start(self, key: PartitionKey) -> int:
        return self._log_starts.get((key.topic, key.partition))

    def keep_log_start(self, key: PartitionKey, offset: int) -> None:
        """Logs whose starts move together are stored together, at the end of the loop's iteration."""
        self._log_starts.set((key.topic, key.partition), offset)
        self._write_log_starts_soon()

    def close(self, *, is_clean: bool) -> None:
        """Store what is still to be stored. Raises: OSError."""
        if self._log_starts_timer is not None:
            self._log_starts_timer.cancel()
        self._log_starts.close()
        self.points.close()
        if is_clean:
            self._files.replace(f"{self.path}/{CLEAN_SHUTDOWN}", b'{"version":0,"brokerEpoch":-1}')

    def _forget(self, key: PartitionKey) -> None:
        self.points.forget(key)
        if self._log_starts.forget((key.topic, key.partition)):
            self._write_log_starts_soon()

    def _load_log_starts(self, *, may_be_torn: bool) -> None:
        try:
            self._log_starts.load()
        except CorruptFile as error:
            if not may_be_torn:
                raise
            self._logger.warning("log starts are not known: deleted records may be back", error=str(error))

    def _write_log_starts_soon(self) -> None:
        if self._log_starts_timer is None:
            now_ms = self._clock.monotonic_ms()
            self._log_starts_timer = self._clock.call_at(now_ms, self._write_log_starts)

    def _write_log_starts(self) -> None:
        """From here on they survive a kill; a moment later, when it is synced, a power cut."""
        self._log_starts_timer = None
        self._log_starts.write(sync=False)
        self._in_background(self._sync_log_starts)

    def _sync_log_starts(self) -> None:
        try:
            self._files.sync(self._log_starts.path)
            self._files.sync(self.path)
        except OSError as error:
            self._logger.warning("log starts not synced", error=str(error))

    def _sync_names(self) -> None:
        try:
            self._files.sync(self.path)
        except OSError as error:
            self._logger.warning("log directory not synced", error=str(error))

    def _take_boot(self, boot_id: str, names: list[str]) -> bool:
        """Remember in which boot the logs are written; after a new one distrust what was not synced.

        Whether it is a new one.
        """
        path = f"{self.path}/{BOOT_ID}"
        known = self._files.read_all(path).decode(errors="replace") if BOOT_ID in names else None
        if known == boot_id:
            return False
        for name in names:
            found = _topic_partition(name)
            if found is not None and self._files.is_directory(f"{self.path}/{name}"):
                self._distrust(f"{self.path}/{name}", found)
        self._files.replace(path, boot_id.encode())
        return True

    def _distrust(self, directory: str, name: TopicPartition) -> None:
        synced = self.points.of_name(name)
        for offset in offsets_of(self._files.list(directory), SNAPSHOT):
            if offset > synced:
                self._files.remove(f"{directory}/{file_name(offset, SNAPSHOT)}")

    def _remove_deleted(self, names: list[str]) -> None:
        """What a crash left of deletions."""
        for name in names:
            if name.endswith(DELETED):
                self._in_background(partial(self._remove_directory, f"{self.path}/{name}"))

    def _remove_directory(self, path: str) -> None:
        try:
            self._files.remove_directory(path)
        except OSError as error:  # the next start tries again
            self._logger.warning("deleted partition not removed", directory=path, error=str(error))


def _topic_partition(name: str) -> TopicPartition | None:
    """What a partition's directory is called after."""
    topic, _, number = name.rpartition("-")
    is_number = number.isascii() and number.isdecimal() and (number[0] != "0" or number == "0")
    return (topic, int(number)) if topic and is_number else None
