"""What a setting allows, written as Kafka's documentation writes it.

| notation | allows |
| --- | --- |
| `[1,...]`, `[1,...,9]` | numbers from 1, up to 9 |
| `[1,...,9] or -1` | the same, and -1 |
| `[a, b]`, `(case insensitive) [A, B]` | these words; in a list, any of them |
| `non-empty string` | what it says |
| `non-empty list`, `non-null string` | everything: Kafka does not do what they say |
| `[partitionId]:[brokerId],...` | `*`, or pairs of a partition and a broker |
| `[..., by_duration:PnDTnHnMn.nS]` | these words, or a duration that is not negative |

Lists never hold an empty element, whatever they allow; some may not be empty.
"""

import re
from typing import Any

from broker.settings.errors import InvalidSetting
from broker.settings.setting import HIDDEN, Setting

_RANGE = re.compile(r"\[(-?[0-9.]+),\.\.\.(?:,(-?[0-9.]+))?\](?: or (-?[0-9]+))?")
_REPLICA_PAIRS = "[partitionId]"
_REPLICA_PAIR = re.compile(r"(?:[0-9]+:[0-9]+)?")
_DURATION = re.compile(
    r"by_duration:\+?P(?=.)(?:\+?[0-9]+D)?(?:T(?=.)(?:\+?[0-9]+H)?(?:\+?[0-9]+M)?(?:\+?[0-9]+(?:[.,][0-9]{0,9})?S)?)?",
    re.IGNORECASE,
)


def check(setting: Setting[Any], name: str, value: Any, text: str) -> None:
    """Raises: InvalidSetting: the value is of the right type but outside of what is allowed."""
    fault = _fault(setting, value)
    if fault:
        raise InvalidSetting(name, HIDDEN if setting.is_secret else text, fault)


def is_distinct(allowed: str) -> bool:
    """Whether a list keeps only the first of equal elements."""
    return allowed != "non-empty list" and not allowed.startswith(_REPLICA_PAIRS)


def words(allowed: str) -> list[str]:
    """The words between the brackets: `[a, b]` -> a, b."""
    return allowed.partition("[")[2].rpartition("]")[0].split(", ")


def _fault(setting: Setting[Any], value: Any) -> str | None:
    allowed = setting.allowed
    if isinstance(value, list):
        return _list_fault(setting, value)
    if allowed in ("", "non-null string"):
        return None
    if allowed == "non-empty string":
        return None if value else "must not be empty"
    number = _RANGE.fullmatch(allowed)
    if number:
        return _number_fault(value, least=number[1], most=number[2], also=number[3])
    return _word_fault(allowed, value)


def _number_fault(value: float, *, least: str, most: str | None, also: str | None) -> str | None:
    if value < float(least) or (most is not None and value > float(most)):
        if also is not None and value == float(also):
            return None
        span = f"at least {least}" if most is None else f"from {least} to {most}"
        return f"must be {span}" + (f" or {also}" if also else "")
    return None


def _word_fault(allowed: str, value: str) -> str | None:
    choices = words(allowed)
    if allowed.startswith("(case insensitive)"):
        return None if value.upper() in choices else f"must be one of (in any case) {', '.join(choices)}"
    if value in choices:
        return None
    if choices[-1].startswith("by_duration:") and _DURATION.fullmatch(value):
        return None
    return f"must be one of {', '.join(choices)}"


def _list_fault(setting: Setting[Any], value: list[str]) -> str | None:
    allowed = setting.allowed
    if allowed.startswith(_REPLICA_PAIRS):
        well_formed = value == ["*"] or all(_REPLICA_PAIR.fullmatch(pair) for pair in value)
        return None if well_formed else "must be *, or pairs partition:broker"
    if "" in value:
        return "must not contain an empty element"
    if not value:
        return None if setting.may_be_empty else "must not be empty"
    if allowed.startswith("[") and not set(value) <= set(words(allowed)):
        return f"must consist of {', '.join(words(allowed))}"
    return None
