"""One record: what a producer sent, with the offset and timestamp it has in the log."""

from typing import NamedTuple

Header = tuple[str, bytes | None]
"""A record header. Bytes of the key that are not UTF-8 stand in it as surrogate escapes (PEP 383),
so that writing a record that was read gives the same bytes again."""


class Record(NamedTuple):
    """A record; `key` and `value` may be absent (None), which is not the same as empty."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    attributes: int = 0
