"""Values as text: read as Kafka's ConfigDef reads them, written as DescribeConfigs shows them.

Numbers have Java's syntax: `+7` and Unicode's decimal digits are numbers; `1_000`, `0x10` and `1 000`
are not. Around a value, everything up to the blank (U+0020) is cut off, as Java's `trim` does.
"""

import math
import re
from typing import Any

from broker.settings.errors import InvalidSetting
from broker.settings.password import HIDDEN, Password

_BLANK = "".join(map(chr, range(0x21)))
_BITS = {"SHORT": 16, "INT": 32, "LONG": 64}
_SPACE = " \t\n\v\f\r"

# Compiled on first use: a start seldom meets one of these.
_DECIMAL = r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)"
_HEXADECIMAL = r"([+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?"
_CLASS_NAME = r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*"


def parse(type_name: str, name: str, text: str, *, distinct: bool = True) -> Any:
    """A list keeps the first of equal elements, if they shall be distinct.

    Raises: InvalidSetting: the text is not of the type.
    """
    trimmed = text.strip(_BLANK)
    if type_name in _BITS:
        return _whole_number(name, text, trimmed, _BITS[type_name])
    if type_name == "BOOLEAN":
        return _boolean(name, text, trimmed)
    if type_name == "DOUBLE":
        return _double(name, text, trimmed)
    if type_name == "LIST":
        elements = [element.strip(_SPACE) for element in trimmed.split(",")] if trimmed else []
        return list(dict.fromkeys(elements)) if distinct else elements
    if type_name == "PASSWORD":
        return Password(trimmed)
    if type_name == "CLASS" and not re.fullmatch(_CLASS_NAME, trimmed):
        raise InvalidSetting(name, text, "must be the name of a Java class")
    return trimmed


def _boolean(name: str, text: str, trimmed: str) -> bool:
    lower = trimmed.lower()
    if lower not in ("true", "false"):
        raise InvalidSetting(name, text, "must be true or false")
    return lower == "true"


def _whole_number(name: str, text: str, trimmed: str, bits: int) -> int:
    digits = trimmed[1:] if trimmed[:1] in ("+", "-") else trimmed
    bound = 1 << (bits - 1)
    # 19 digits hold every 64-bit number; Python refuses to read thousands of them.
    significant = digits.lstrip("0") or "0"
    if digits.isdecimal() and len(significant) <= 19:
        value = -int(significant) if trimmed.startswith("-") else int(significant)
        if -bound <= value < bound:
            return value
    raise InvalidSetting(name, text, f"must be a whole number from {-bound} to {bound - 1}")


def _double(name: str, text: str, trimmed: str) -> float:
    if re.fullmatch(_DECIMAL, trimmed):
        return float(trimmed.rstrip("fFdD") if "y" not in trimmed else trimmed)
    hexadecimal = re.fullmatch(_HEXADECIMAL, trimmed)
    if hexadecimal is None:
        raise InvalidSetting(name, text, "must be a number")
    try:
        return float.fromhex(hexadecimal[1])
    except OverflowError:
        return float("-inf" if trimmed.startswith("-") else "inf")


def render(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _java_double(value)
    if isinstance(value, Password):
        return HIDDEN
    return ",".join(value)


def _java_double(value: float) -> str:
    """Java's Double.toString: the shortest digits that read back, with an exponent outside of [1e-3, 1e7)."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    from decimal import Decimal

    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    fraction = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{fraction}E{len(digits) - 1 + int(exponent)}"
