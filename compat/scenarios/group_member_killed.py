"""A member is killed; when its session is over another one goes on where it had committed."""

from compat.driver_process import Out
from compat.group_protocols import SESSION_MS, SHORT_SESSIONS
from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS
BROKER = SHORT_SESSIONS
COUNT = 40


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    group = lab.name_topic()
    producer = await lab.driver.producer()
    values = [b"%d" % number for number in range(COUNT)]
    expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    victim = await lab.another()
    killed = await victim.member(group, topic, session_timeout_ms=SESSION_MS, group_protocol=lab.variant)
    expect("values of the first member", [record.value for record in await killed.take(10)], values[:10])
    await killed.commit()
    await victim.stop()  # without any farewell
    heir = await lab.driver.member(group, topic, session_timeout_ms=SESSION_MS, group_protocol=lab.variant)
    records = await heir.take(COUNT - 10, timeout_s=SESSION_MS / 1000 + 12)
    expect("values of its heir", [record.value for record in records], values[10:])
    await heir.close()
