"""What a topic may be called. Follows Kafka's Topic class."""

import re
from collections.abc import Iterable

from broker.protocol.errors import ErrorCode, KafkaError

MOST_CHARACTERS = 249
ALLOWED = re.compile(r"[a-zA-Z0-9._-]+")

CONSUMER_OFFSETS = "__consumer_offsets"
TRANSACTION_STATE = "__transaction_state"
CLUSTER_METADATA = "__cluster_metadata"


def check_topic_name(name: str) -> None:
    """Raises: KafkaError(INVALID_TOPIC_EXCEPTION): empty, too long, or with other characters."""
    if not name:
        reason = "the empty string is not allowed"
    elif name in {".", ".."}:
        reason = "'.' and '..' are not allowed"
    elif len(name) > MOST_CHARACTERS:
        reason = f"it has {len(name)} characters, {MOST_CHARACTERS} are allowed"
    elif not ALLOWED.fullmatch(name):
        reason = f"{name!r} has characters other than ASCII letters, digits, '.', '_' and '-'"
    else:
        return
    raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic name is invalid: {reason}")


def check_collision(name: str, others: Iterable[str]) -> None:
    """Metrics write '.' as '_', so two topics must not differ in that alone.

    Raises: KafkaError(INVALID_TOPIC_EXCEPTION).
    """
    if "." not in name and "_" not in name:
        return
    folded = name.replace(".", "_")
    for other in others:
        if other != name and other.replace(".", "_") == folded:
            raise KafkaError(
                ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic '{name}' collides with existing topic: {other}"
            )
