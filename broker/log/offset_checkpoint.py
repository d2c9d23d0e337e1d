"""A checkpoint file with one offset for each partition of a data directory.

    0                                    version
    <number of lines>
    <topic> <partition> <offset>         ...

It is replaced as a whole: a killed broker leaves the old one or the new one. So does a power cut if the
file was synced before it took its name; if not, the file may be empty or cut off.

Follows Kafka's OffsetCheckpointFile.
"""

from threading import Lock

from broker.log.corrupt_file import CorruptFile
from broker.log.files import Files
from broker.logger import Logger

VERSION = 0
TopicPartition = tuple[str, int]


def write_offsets(offsets: dict[TopicPartition, int]) -> bytes:
    """The contents of the file."""
    lines = [f"{VERSION}\n{len(offsets)}"]
    lines += [f"{topic} {partition} {offset}" for (topic, partition), offset in offsets.items()]
    return ("\n".join(lines) + "\n").encode()


def read_offsets(data: bytes) -> dict[TopicPartition, int]:
    """What the file says. Raises: CorruptFile: it is not what such a file contains."""
    if not data.strip(b"\0"):
        return {}
    try:
        version, count, *lines = data.decode("ascii").splitlines()
        found = {}
        for line in lines:
            topic, partition, offset = line.split(" ")
            found[topic, int(partition)] = int(offset)
        if not data.endswith(b"\n"):
            raise ValueError("the last line is cut off")
        if int(version) != VERSION or int(count) != len(lines) or any(at < 0 for at in found.values()):
            raise ValueError(f"version {version} with {count} lines, {len(lines)} are there")
    except ValueError as error:
        raise CorruptFile(f"No offset checkpoint: {error}.") from None
    return found


class OffsetCheckpoint:
    """The file, and the offsets that are or should be in it. May be used from any thread."""

    def __init__(self, path: str, files: Files, logger: Logger) -> None:
        """It knows nothing until `load`."""
        self.path = path
        self._files = files
        self._logger = logger
        self._lock = Lock()  # around the offsets, for moments
        self._writing = Lock()  # around a write, so that the last one has the last word
        self._offsets: dict[TopicPartition, int] = {}
        self._is_changed = self._is_closed = False

    def load(self) -> None:
        """Take over what the file says. Raises: CorruptFile, OSError."""
        try:
            self._offsets = read_offsets(self._files.read_all(self.path))
        except FileNotFoundError:
            self._offsets = {}
        except CorruptFile as error:
            raise CorruptFile(f"{self.path}: {error}") from None

    def get(self, name: TopicPartition) -> int:
        """0 where nothing is known."""
        return self._offsets.get(name, 0)

    def set(self, name: TopicPartition, offset: int) -> None:
        with self._lock:
            self._offsets[name] = offset
            self._is_changed = True

    def forget(self, name: TopicPartition) -> bool:
        """The log is gone; whether anything was known of it."""
        with self._lock:
            is_known = self._offsets.pop(name, None) is not None
            self._is_changed |= is_known
            return is_known

    def write(self, *, sync: bool) -> None:
        """Bring the file up to date. A failure is told, and the next write tries again."""
        with self._writing:
            with self._lock:
                if self._is_closed or not self._is_changed:
                    return
                self._is_changed = False
                data = write_offsets(self._offsets)
            try:
                self._files.replace(self.path, data, sync=sync)
            except OSError as error:
                self._logger.error("checkpoint not stored", path=self.path, error=str(error))
                with self._lock:
                    self._is_changed = True

    def close(self) -> None:
        """Write for the last time; what comes from now on stays in memory. Raises: OSError."""
        with self._writing, self._lock:
            self._is_closed = True
            if self._is_changed:
                self._files.replace(self.path, write_offsets(self._offsets), sync=True)
