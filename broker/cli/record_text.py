r"""Records as text: kcat's format strings, JSON lines, and escapes on the command line.

%s value  %k key  %t topic  %p partition  %o offset  %T timestamp in ms  %h headers (name=value,...)
%S value's length  %K key's length (-1 for null)  %% a percent sign; \n \t \r \0 \\ \xHH.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from broker.cli.errors import CommandError

ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", "0": b"\0", "\\": b"\\"}


class TextRecord(NamedTuple):
    """A record as the commands read and write it."""

    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    topic: str = ""
    partition: int | None = None
    offset: int | None = None
    timestamp_ms: int | None = None


def unescape(text: str) -> bytes:
    """A delimiter or format as typed into a shell. Raises: CommandError."""
    found, position = b"", 0
    for match in re.finditer(r"\\(x[0-9a-fA-F]{2}|.)?", text):
        found += text[position : match.start()].encode()
        word = match[1] or ""
        if word.startswith("x") and len(word) == 3:
            found += bytes.fromhex(word[1:])
        elif word in ESCAPES:
            found += ESCAPES[word]
        else:
            raise CommandError(
                f"{text!r}: {match[0]!r} is no escape; there are \\n \\t \\r \\0 \\\\ \\xHH", status=2
            )
        position = match.end()
    return found + text[position:].encode()


def _size(data: bytes | None) -> bytes:
    return b"-1" if data is None else b"%d" % len(data)


def _headers(record: TextRecord) -> bytes:
    return b",".join(
        name.encode() + b"=" + (b"NULL" if value is None else value) for name, value in record.headers
    )


FIELDS: dict[str, Callable[[TextRecord], bytes]] = {
    "s": lambda record: record.value or b"",
    "k": lambda record: record.key or b"",
    "t": lambda record: record.topic.encode(),
    "p": lambda record: b"%d" % (record.partition or 0),
    "o": lambda record: b"%d" % (record.offset or 0),
    "T": lambda record: b"%d" % (-1 if record.timestamp_ms is None else record.timestamp_ms),
    "h": _headers,
    "S": lambda record: _size(record.value),
    "K": lambda record: _size(record.key),
    "%": lambda _: b"%",
}


def formatter(text: str) -> Callable[[TextRecord], bytes]:
    """Compile a format string. Raises: CommandError."""
    parts: list[bytes | Callable[[TextRecord], bytes]] = []
    position = 0
    for match in re.finditer(r"%(.?)", text):
        field = FIELDS.get(match[1])
        if field is None:
            raise CommandError(
                f"format {text!r}: {match[0]!r} is no field; there are %{' %'.join(FIELDS)}", status=2
            )
        parts += [unescape(text[position : match.start()]), field]
        position = match.end()
    parts.append(unescape(text[position:]))
    return lambda record: b"".join(part if isinstance(part, bytes) else part(record) for part in parts)


def _to_json(data: bytes | None) -> Any:
    """Text where it is text, else {"base64": ...}."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _from_json(value: Any, line: int) -> bytes | None:
    if value is None or isinstance(value, str):
        return None if value is None else value.encode()
    if isinstance(value, dict) and isinstance(value.get("base64"), str):
        return base64.b64decode(value["base64"])
    raise CommandError(f'line {line}: a key or value is text, null or {{"base64": "..."}}')


def to_json_line(record: TextRecord) -> bytes:
    row = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "key": _to_json(record.key),
        "value": _to_json(record.value),
        "headers": [[name, _to_json(value)] for name, value in record.headers],
    }
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def from_json_line(text: bytes, line: int) -> TextRecord:
    """What `to_json_line` has written; all but "value" may be left out. Raises: CommandError."""
    try:
        row = json.loads(text)
        headers = tuple((str(name), _from_json(value, line)) for name, value in row.get("headers", []))
        return TextRecord(
            value=_from_json(row.get("value"), line),
            key=_from_json(row.get("key"), line),
            headers=headers,
            partition=row.get("partition"),
            timestamp_ms=row.get("timestamp_ms"),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise CommandError(f"line {line}: not a record in JSON: {error}") from None
