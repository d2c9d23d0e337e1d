import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kio.serial.writers import write_unsigned_varint

from broker.protocol.varints import longer_varint, varint


@given(st.integers(0, 2**35 - 1))
@example(127)
@example(128)
@example(16383)
@example(16384)
@example(2**21)
@example(2**28)
def test_a_varint_is_read_as_it_was_written(number: int) -> None:
    from io import BytesIO

    encoded = varint(number)
    reference = BytesIO()
    write_unsigned_varint(reference, number)  # type: ignore[arg-type]
    assert encoded == reference.getvalue()
    if number > 127:
        assert longer_varint(encoded, 1, encoded[0]) == (number, len(encoded))


def test_a_varint_of_six_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="more than five bytes"):
        longer_varint(b"\xff\xff\xff\xff\xff\x01", 1, 0xFF)


def test_a_varint_that_ends_too_early_is_refused() -> None:
    with pytest.raises(IndexError):
        longer_varint(b"\xff\xff", 1, 0xFF)
