"""Records as text: formats, escapes, and JSON lines that can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.cli.errors import CommandError
from broker.cli.record_text import TextRecord, formatter, from_json_line, to_json_line, unescape

RECORD = TextRecord(
    b"value", key=b"key", headers=(("a", b"1"), ("b", None)), topic="t", partition=2, offset=7, timestamp_ms=9
)


def test_every_field_of_a_format() -> None:
    text = formatter(r"%t[%p]@%o %T %k=%s (%h) %K/%S 100%%\t\x21\n")(RECORD)
    assert text == b"t[2]@7 9 key=value (a=1,b=NULL) 3/5 100%\t!\n"


def test_the_length_of_null_is_minus_one() -> None:
    assert formatter("%S %K")(TextRecord(None)) == b"-1 -1"


@pytest.mark.parametrize("text", ["%x", "%", r"\q", "100%"])
def test_a_wrong_format_is_named(text: str) -> None:
    with pytest.raises(CommandError) as failure:
        formatter(text)
    assert failure.value.status == 2


def test_escapes() -> None:
    assert unescape(r"a\n\t\r\0\\\x7cé") == "a\n\t\r\0\\|é".encode()


@given(
    value=st.none() | st.binary(),
    key=st.none() | st.binary(),
    headers=st.lists(st.tuples(st.text(), st.none() | st.binary())),
    partition=st.integers(0, 100),
    timestamp_ms=st.integers(0, 2**62),
)
def test_a_json_line_is_read_back_as_it_was(
    value: bytes | None,
    key: bytes | None,
    headers: list[tuple[str, bytes | None]],
    partition: int,
    timestamp_ms: int,
) -> None:
    record = TextRecord(value, key, tuple(headers), partition=partition, timestamp_ms=timestamp_ms)
    line = to_json_line(record)
    assert line.count(b"\n") == 1
    assert from_json_line(line, 1) == record


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"x"', b'{"value": 5}', b'{"headers": 3}'])
def test_a_line_that_is_no_record_is_told_by_its_number(text: bytes) -> None:
    with pytest.raises(CommandError, match="line 3"):
        from_json_line(text, 3)
