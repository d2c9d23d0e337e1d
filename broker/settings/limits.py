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

_REPLICA_PAIRS = "[partitionId]"
_REPLICA_PAIR = r"(?:[0-9]+:[0-9]+)?"
_DURATION = (
    r"(?i)by_duration:\+?P(?=.)(?:\+?[0-9]+D)?"
    r"(?:T(?=.)(?:\+?[0-9]+H)?(?:\+?[0-9]+M)?(?:\+?[0-9]+(?:[.,][0-9]{0,9})?S)?)?"
)


def fault(allowed: str, value: Any, *, may_be_empty: bool) -> str | None:
    """What a value of the right type should be and is not; None: it is allowed."""
    if isinstance(value, list):
        return _list_fault(allowed, value, may_be_empty=may_be_empty)
    if allowed in ("", "non-null string"):
        return None
    if allowed == "non-empty string":
        return None if value else "must not be empty"
    if ",..." in allowed:
        return _number_fault(allowed, value)
    return _word_fault(allowed, value)


def is_distinct(allowed: str) -> bool:
    """Whether a list keeps only the first of equal elements."""
    return allowed != "non-empty list" and not allowed.startswith(_REPLICA_PAIRS)


def words(allowed: str) -> list[str]:
    """The words between the brackets: `[a, b]` -> a, b."""
    return allowed.partition("[")[2].rpartition("]")[0].split(", ")


def _number_fault(allowed: str, value: float) -> str | None:
    """`[1,...]`, `[1,...,9]` or `[1,...,9] or -1`."""
    span, _, also = allowed.partition(" or ")
    least, _, most = span[1:-1].partition(",...")
    most = most.lstrip(",")
    if value < float(least) or (most and value > float(most)):
        if also and value == float(also):
            return None
        wanted = f"from {least} to {most}" if most else f"at least {least}"
        return f"must be {wanted}" + (f" or {also}" if also else "")
    return None


def _word_fault(allowed: str, value: str) -> str | None:
    choices = words(allowed)
    if allowed.startswith("(case insensitive)"):
        return None if value.upper() in choices else f"must be one of (in any case) {', '.join(choices)}"
    if value in choices:
        return None
    if choices[-1].startswith("by_duration:") and re.fullmatch(_DURATION, value):
        return None
    return f"must be one of {', '.join(choices)}"


def _list_fault(allowed: str, value: list[str], *, may_be_empty: bool) -> str | None:
    if allowed.startswith(_REPLICA_PAIRS):
        well_formed = value == ["*"] or all(re.fullmatch(_REPLICA_PAIR, pair) for pair in value)
        return None if well_formed else "must be *, or pairs partition:broker"
    if "" in value:
        return "must not contain an empty element"
    if not value:
        return None if may_be_empty else "must not be empty"
    if allowed.startswith("[") and not set(value) <= set(words(allowed)):
        return f"must consist of {', '.join(words(allowed))}"
    return None
