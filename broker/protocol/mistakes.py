"""Says which value of a message cannot be encoded. Only asked when an encoder has already failed."""

import struct
from collections.abc import Iterator
from typing import Any

from broker.protocol.fields import SIZES, WireType, fields_of

LONGEST_SHORT_STRING = 32767


def mistakes(message: Any, version: int, *, compact: bool, at: str = "") -> Iterator[str]:
    """One line for each value that its field cannot hold, as in `topics[0].name is None`."""
    for each in fields_of(type(message)):
        if not each.versions.includes(version):
            continue
        path = f"{at}{each.name}"
        value = getattr(message, each.name, None)
        if value is not None:
            yield from _value_mistakes(
                value, each.type, version, compact=compact and each.flexible, path=path
            )
        elif not each.nullable.includes(version):
            yield f"{path} is None"


def _value_mistakes(
    value: Any, wire_type: WireType, version: int, *, compact: bool, path: str
) -> Iterator[str]:
    if wire_type.item is not None:
        if not hasattr(value, "__len__") or not hasattr(value, "__iter__"):
            yield f"{path} is {value!r}, and no list"
            return
        for index, item in enumerate(value):
            yield from _value_mistakes(
                item, wire_type.item, version, compact=compact, path=f"{path}[{index}]"
            )
    elif wire_type.struct is not None:
        if not isinstance(value, wire_type.struct):
            yield f"{path} is {value!r}, and no {wire_type.struct.__name__}"
            return
        yield from mistakes(value, version, compact=compact, at=f"{path}.")
    elif wire_type.kind in SIZES:
        try:
            struct.pack(f">{wire_type.kind}", value)
        except struct.error as error:
            yield f"{path} is {value!r}: {error}"
    else:
        yield from _text_mistakes(value, wire_type.kind, compact=compact, path=path)


def _text_mistakes(value: Any, kind: str, *, compact: bool, path: str) -> Iterator[str]:
    if kind == "string":
        if not isinstance(value, str):
            yield f"{path} is {value!r}, and no str"
            return
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            yield f"{path} is no text: {error}"
            return
        if size > LONGEST_SHORT_STRING and not compact:
            yield f"{path} has {size} bytes, and {LONGEST_SHORT_STRING} is the limit before flexible versions"
    elif kind == "bytes" and not isinstance(value, bytes | bytearray | memoryview):
        yield f"{path} is {value!r}, and no bytes"
    elif kind == "records" and not isinstance(value, bytes | bytearray | memoryview | list):
        yield f"{path} is {value!r}, and no records"
