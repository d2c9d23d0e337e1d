"""Static members are replaced one after the other, as in a rolling update: each finds what was its own."""

from compat.group_protocols import CLASSIC, CONSUMER
from compat.group_reading import until_all_read
from compat.lab import Lab, expect

NEEDS = frozenset({"groups"})
VARIANTS: dict[str, set[str]] = {CLASSIC: {"static_members"}, CONSUMER: {"static_consumers"}}
PARTITIONS = 6
SESSION_MS = 30_000  # nobody is out before it is back


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    group, config = lab.name_topic(), {"group_protocol": lab.variant, "session_timeout_ms": SESSION_MS}
    drivers = [lab.driver, await lab.another()]
    members = [
        await driver.member(group, topic, instance_id=f"{group}-{number}", **config)
        for number, driver in enumerate(drivers)
    ]
    shares = await until_all_read(lab, topic, PARTITIONS, members)
    for number, driver in enumerate(drivers):
        await members[number].close()
        members[number] = await driver.member(group, topic, instance_id=f"{group}-{number}", **config)
        after = await until_all_read(lab, topic, PARTITIONS, members, prefix=b"round %d " % number)
        expect(f"partitions of each after member {number} was replaced", after, shares)
    for member in members:
        await member.close()
