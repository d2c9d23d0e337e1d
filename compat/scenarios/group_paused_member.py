"""A member stands still for longer than its session: the other goes on without it, and it comes back."""

from compat.group_protocols import SESSION_MS, SHORT_SESSIONS
from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.group_reading import produce, until_all_read
from compat.lab import Lab, expect_values

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS
BROKER = SHORT_SESSIONS
PARTITIONS = 4


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    group, config = lab.name_topic(), {"group_protocol": lab.variant, "session_timeout_ms": SESSION_MS}
    one = await lab.driver.member(group, topic, **config)
    sleeper = await lab.another()
    two = await sleeper.member(group, topic, **config)
    await until_all_read(lab, topic, PARTITIONS, [one, two])
    sleeper.pause()
    try:
        values = await produce(lab, topic, PARTITIONS, b"meanwhile")
        await expect_values("records while one stands still", one, values)
        await one.commit()
    finally:
        sleeper.resume()
    await until_all_read(lab, topic, PARTITIONS, [one, two], prefix=b"after ")
    await two.close()
    await one.close()
