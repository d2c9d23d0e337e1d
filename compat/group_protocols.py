"""The protocols by which members join a group: each is a variant of every scenario of groups."""

from compat.brokers.broker import BrokerOptions

CLASSIC, CONSUMER = "classic", "consumer"

VARIANTS: dict[str, set[str]] = {CLASSIC: set(), CONSUMER: {"consumer_protocol"}}

SESSION_MS = 6_000
"""The shortest that a classic member may ask for; a consumer group has it from the broker."""

SHORT_SESSIONS = BrokerOptions(
    settings=(
        ("group.consumer.min.session.timeout.ms", str(SESSION_MS)),
        ("group.consumer.session.timeout.ms", str(SESSION_MS)),
    )
)
