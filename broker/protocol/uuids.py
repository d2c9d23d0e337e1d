"""Kafka's 16-byte ids: raw bytes on the wire, 22 characters of URL-safe base64 in text."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable

ZERO_UUID = bytes(16)
"""Stands for "no id"."""

METADATA_TOPIC_ID = bytes(15) + b"\x01"
"""The id of `__cluster_metadata`; no other topic may have it."""

RESERVED = (ZERO_UUID, METADATA_TOPIC_ID)

_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = str.maketrans("-_", "+/", "+/=")


def uuid_to_text(uuid: bytes) -> str:
    return b2a_base64(uuid).translate(_TO_URL_SAFE)[:22].decode("ascii")


def uuid_from_text(text: str) -> bytes:
    """Padding may be there or not.

    Raises: ValueError: `text` is not the URL-safe base64 of 16 bytes.
    """
    unpadded = text.removesuffix("==")
    try:
        uuid = a2b_base64(unpadded.translate(_FROM_URL_SAFE) + "==", strict_mode=True)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no uuid: {error}") from None
    if len(unpadded) != 22 or len(uuid) != 16:
        raise ValueError(f"{text[:40]!r} is no uuid, which has 22 characters")
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
