"""Three members, one after the other, share the partitions of a topic, and so do the two that are left."""

from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.group_reading import until_all_read
from compat.lab import Lab

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS
PARTITIONS = 6
SESSION_MS = 30_000  # so that a member that leaves is not merely missed


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    group, config = lab.name_topic(), {"group_protocol": lab.variant, "session_timeout_ms": SESSION_MS}
    members = [await lab.driver.member(group, topic, **config)]
    for _ in range(2):
        members.append(await (await lab.another()).member(group, topic, **config))
    await until_all_read(lab, topic, PARTITIONS, members)
    await members.pop().close()
    await until_all_read(lab, topic, PARTITIONS, members, prefix=b"after ")
    for member in members:
        await member.close()
