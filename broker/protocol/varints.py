"""Unsigned varints: seven bits a byte, lowest first, the high bit set on all but the last byte."""

from typing import Any

SMALL = tuple(bytes((number,)) for number in range(128))
"""Those of one byte: nearly all that a message holds."""


def varint(number: int) -> bytes:
    if number < 1 << 7:
        return SMALL[number]
    if number < 1 << 14:
        return bytes((number & 127 | 128, number >> 7))
    if number < 1 << 21:
        return bytes((number & 127 | 128, number >> 7 & 127 | 128, number >> 14))
    return bytes((number & 127 | 128, number >> 7 & 127 | 128, number >> 14 & 127 | 128)) + varint(
        number >> 21
    )


def longer_varint(data: Any, position: int, first: int) -> tuple[int, int]:
    """The number that begins with the byte `first`, already read and above 127; and where it ends.

    Raises: IndexError, ValueError: the data ends in mid-number, or the number has over five bytes.
    """
    number = first & 127
    for shift in (7, 14, 21, 28):
        byte = data[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position
    raise ValueError("a varint has more than five bytes")
