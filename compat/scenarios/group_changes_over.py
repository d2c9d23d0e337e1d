"""A group changes over between the protocols while its members read: none stops, nothing is skipped."""

from compat.group_protocols import CLASSIC, CONSUMER
from compat.group_reading import until_all_read
from compat.lab import Lab

NEEDS = frozenset({"groups", "consumer_protocol"})
VARIANTS: dict[str, set[str]] = {"up": set(), "down": set()}
PARTITIONS = 6
SESSION_MS = 30_000


async def run(lab: Lab) -> None:
    """All members are replaced, each by one that speaks the other protocol."""
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    group, config = lab.name_topic(), {"session_timeout_ms": SESSION_MS}
    before, after = (CLASSIC, CONSUMER) if lab.variant == "up" else (CONSUMER, CLASSIC)
    drivers = [lab.driver, await lab.another()]
    members = [await driver.member(group, topic, group_protocol=before, **config) for driver in drivers]
    await until_all_read(lab, topic, PARTITIONS, members)
    for number, driver in enumerate(drivers):
        await members[number].close()
        members[number] = await driver.member(group, topic, group_protocol=after, **config)
        await until_all_read(lab, topic, PARTITIONS, members, prefix=b"round %d " % number)
    for member in members:
        await member.close()
