"""Headers keep their order, duplicates, empty and null values, and unicode names."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"headers"})
VARIANTS: dict[str, set[str]] = {"bytes": set(), "empty": {"empties"}, "null": {"null_headers", "empties"}}
Headers = tuple[tuple[str, bytes | None], ...]

HEADERS: dict[str, list[Headers]] = {
    "null": [(("null", None),), (("a", b""), ("null", None), ("a", None)), (("", None),)],
    "empty": [(("empty", b""), ("", b"")), (("a", b""), ("b", b"1"), ("c", b""))],
    "bytes": [
        (),
        (("one", b"1"),),
        (("twice", b"first"), ("twice", b"second"), ("twice", b"first")),
        (("", b"no name"), ("name", b"of another")),
        (("ключ-鍵-🗝", "значение-値-🎁".encode()), ("z", b"\x00\xff"), ("a", b"after z")),
        tuple((f"name-{number}", b"%d" % number) for number in range(100)),
        (("large", b"x" * 100_000),),
    ],
}


async def run(lab: Lab) -> None:
    headers = HEADERS[lab.variant]
    topic = await lab.topic()
    producer = await lab.driver.producer()
    sent = [Out(b"value", headers=row) for row in headers]
    expect_acknowledged(await producer.send(topic, sent))
    records = await lab.read_all(topic, len(sent))
    expect("headers", [record.headers for record in records], headers)
