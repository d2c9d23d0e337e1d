"""Two members share the partitions of a topic; when one leaves the other gets them all."""

from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.group_reading import produce, until_all_read
from compat.lab import Lab, expect_values

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS
PARTITIONS = 6
SESSION_MS = 30_000  # so that a member that leaves is not merely missed


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    group, config = lab.name_topic(), {"group_protocol": lab.variant, "session_timeout_ms": SESSION_MS}
    one = await lab.driver.member(group, topic, **config)
    two = await (await lab.another()).member(group, topic, **config)
    await until_all_read(lab, topic, PARTITIONS, [one, two])
    await two.close()
    values = await produce(lab, topic, PARTITIONS, b"after")
    await expect_values("records after one has left", one, values)
    await one.close()
