"""What a partition's directory tells of its log without opening it."""

from broker.log.files import Files
from broker.log.partition_storage import LOG, offsets_of
from broker.log.removal import DELETED
from broker.log.segment import file_name
from broker.log.time_index import greatest_in_file
from broker.settings.topic import TopicConfig


def may_be_due(files: Files, directory: str, config: TopicConfig, *, now_ms: int) -> bool:
    """Whether an opened log would find something to give up: no for certain, or maybe. Raises: OSError."""
    try:
        names = files.list(directory)
    except FileNotFoundError:  # nothing was ever written
        return False
    if any(name.endswith(DELETED) for name in names):
        return True
    bases = offsets_of(names, LOG)
    sizes = [_size_bytes(files, directory, base) for base in bases]
    if not sum(sizes) or "delete" not in config.cleanup_policy:
        return False
    if 0 <= config.retention_bytes <= sum(sizes[1:]):
        return True
    return config.retention_ms >= 0 and now_ms - _newest_ms(files, directory, bases[0]) > config.retention_ms


def _size_bytes(files: Files, directory: str, base_offset: int) -> int:
    return files.size_bytes(f"{directory}/{file_name(base_offset, LOG)}")


def _newest_ms(files: Files, directory: str, base_offset: int) -> int:
    """The segment's greatest timestamp, as far as its index knows; -1 where it does not."""
    newest_ms = greatest_in_file(files, f"{directory}/{file_name(base_offset, '.timeindex')}")
    return -1 if newest_ms is None else newest_ms
