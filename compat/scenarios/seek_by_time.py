"""Looking up a time gives the first record at or after it, also inside a batch."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"timestamps", "offsets_for_times"})
START_MS = 1_700_000_000_000
STEP_MS = 1_000
COUNT = 500


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer(linger_ms=200, batch_bytes=4_000)
    sent = [Out(b"%d" % n, partition=0, timestamp_ms=START_MS + n * STEP_MS) for n in range(COUNT)]
    expect_acknowledged(await producer.send(topic, sent))
    wanted = {
        START_MS - 1: 0,
        START_MS: 0,
        START_MS + 1: 1,
        START_MS + 250 * STEP_MS: 250,
        START_MS + 250 * STEP_MS + 1: 251,
        START_MS + (COUNT - 1) * STEP_MS: COUNT - 1,
        START_MS + COUNT * STEP_MS: None,
    }
    for time_ms, offset in wanted.items():
        expect(f"offset for the time {time_ms}", await lab.driver.offset(topic, time_ms), offset)
    records = await lab.read_all(topic, COUNT)
    times = [record.timestamp_ms for record in records]
    expect("timestamps", times, [record.timestamp_ms for record in sent])
