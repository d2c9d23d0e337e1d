"""Kafka's 16-byte ids: raw bytes on the wire, 22 characters of URL-safe base64 in text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

ZERO_UUID = bytes(16)
"""Stands for "no id"."""

METADATA_TOPIC_ID = bytes(15) + b"\x01"
"""The id of `__cluster_metadata`; no other topic may have it."""

RESERVED = (ZERO_UUID, METADATA_TOPIC_ID)


def uuid_to_text(uuid: bytes) -> str:
    return urlsafe_b64encode(uuid)[:22].decode("ascii")


def uuid_from_text(text: str) -> bytes:
    """Raises: ValueError: `text` is not the base64 of 16 bytes."""
    if len(text) > 24:
        raise ValueError(f"a uuid has 22 characters, not {len(text)}")
    try:
        uuid = urlsafe_b64decode(text.rstrip("=") + "==")
    except ValueError as error:
        raise ValueError(f"{text!r} is no uuid: {error}") from None
    if len(uuid) != 16:
        raise ValueError(f"{text!r} has {len(uuid)} bytes, and a uuid has 16")
    return uuid


def random_uuid(random_bytes: Callable[[int], bytes]) -> bytes:
    """A version 4 id that Kafka would hand out: not reserved, and its text does not begin with `-`.

    A leading dash would be taken for an option where ids are given on a command line.
    """
    while True:
        raw = bytearray(random_bytes(16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        uuid = bytes(raw)
        if uuid not in RESERVED and not uuid_to_text(uuid).startswith("-"):
            return uuid
