"""Steps and answers as a person reads them: one line, without what goes without saying."""

from typing import Any, NamedTuple

from broker.protocol.fields import fields_of
from broker.protocol.message import Message
from compat.differential.cases import Step

LONGEST = 1_500


class Line(NamedTuple):
    """A step, and both answers as plain values."""

    step: Step
    kafka: Any
    kawa: Any


def asked(step: Step) -> str:
    """`Fetch v12 max_wait_ms=0 topics=[(topic='~alpha' …)]`: fields that differ from their defaults."""
    fields = _fields(step.request, step.version)
    notes = [f"without its last {step.cut} bytes"] if step.cut else []
    notes += [f"and {step.extra} bytes more"] if step.extra else []
    return " ".join([f"{step.api} v{step.version}", *fields, *notes])


def answered(answer: Any) -> str:
    """A plain answer; a word if there was none."""
    text = answer if isinstance(answer, str) else _value(answer)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _fields(message: Message, version: int) -> list[str]:
    return [
        f"{each.name}={_asked_value(getattr(message, each.name), version)}"
        for each in fields_of(type(message))
        if each.versions.includes(version)
        and (each.required or each.type.kind == "?" or getattr(message, each.name) != each.default)
    ]


def _asked_value(value: Any, version: int) -> str:
    if isinstance(value, Message):
        return f"({' '.join(_fields(value, version))})"
    if isinstance(value, list):
        return f"[{', '.join(_asked_value(item, version) for item in value)}]"
    if isinstance(value, bytes):
        return value.hex()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text)} characters)"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"({' '.join(f'{name}={_value(inside)}' for name, inside in value.items())})"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return value if isinstance(value, str) and value.isidentifier() else repr(value)
