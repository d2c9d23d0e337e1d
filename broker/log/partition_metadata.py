"""The file `partition.metadata`: which topic a partition's directory belongs to (KIP-516).

    version: 0
    topic_id: <22 characters of URL-safe base64>

There is no line feed at the end. The directory's name has the topic's name, this file its id; a
topic created anew under an old name has another one. Written once, before the first record.

Follows Kafka's PartitionMetadataFile; a later version is read as this one, as there.
"""

from broker.log.corrupt_file import CorruptFile
from broker.protocol.uuids import ZERO_UUID, uuid_from_text, uuid_to_text

FILE_NAME = "partition.metadata"
VERSION = 0


def write_partition_metadata(topic_id: bytes) -> bytes:
    """The contents of the file."""
    return f"version: {VERSION}\ntopic_id: {uuid_to_text(topic_id)}".encode()


def read_partition_metadata(data: bytes) -> bytes:
    """The topic id in the file.

    Raises: CorruptFile: it is not what such a file contains.
    """
    try:
        version_line, topic_id_line = data.decode("ascii").splitlines()[:2]
        _, version = version_line.split()
        _, text = topic_id_line.split()
        known = int(version) >= VERSION
        topic_id = uuid_from_text(text)
    except ValueError as error:
        raise CorruptFile(f"No partition metadata: {error}.") from None
    if not known or topic_id == ZERO_UUID:
        raise CorruptFile(f"Partition metadata of version {version} with topic id {text}.")
    return topic_id
