"""A checkpoint file with one offset for each partition of a data directory.

    0                                    version
    <number of lines>
    <topic> <partition> <offset>         ...

It is replaced as a whole. A power cut may leave it empty, or filled with zeros: then it says nothing.

Follows Kafka's OffsetCheckpointFile.
"""

from broker.log.corrupt_file import CorruptFile

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
        if int(version) != VERSION or int(count) != len(lines) or any(at < 0 for at in found.values()):
            raise ValueError(f"version {version} with {count} lines")
    except ValueError as error:
        raise CorruptFile(f"No offset checkpoint: {error}.") from None
    return found
