"""The record itself: what is left out means nothing."""

from broker.protocol.records.record import Record


def test_headers_and_attributes_are_none_unless_given() -> None:
    record = Record(offset=3, timestamp_ms=5, key=None, value=b"")
    assert (record.headers, record.attributes) == ((), 0)
    assert record.key is None
    assert record.value == b""
