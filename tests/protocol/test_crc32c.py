"""The checksum's known values, and that finding it costs nothing."""

import subprocess
import sys

import pytest

from broker.protocol.crc32c import crc32c, find_checksum, load_extension


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
)
def test_it_is_castagnoli(data: bytes, checksum: int) -> None:
    """The vectors of RFC 3720, appendix B.4."""
    assert crc32c(data) == checksum


def test_it_takes_any_buffer_and_goes_on_from_a_value() -> None:
    whole = bytearray(b"the first half, the second half")
    assert crc32c(memoryview(whole)[15:], crc32c(memoryview(whole)[:15])) == crc32c(whole)


def test_a_package_of_another_shape_is_imported_as_it_stands() -> None:
    assert find_checksum("crc32c", "not_there")(b"123456789") == 0xE3069283
    assert find_checksum("no_such_package")(b"123456789") == 0xE3069283


def test_what_is_no_extension_is_not_loaded() -> None:
    assert load_extension("email", "message") is None
    assert load_extension("no_such_package", "_extension") is None


def test_importing_it_does_not_read_any_package_metadata() -> None:
    code = "import sys, broker.protocol.crc32c; print('importlib.metadata' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "False"


def test_the_package_can_still_be_imported_beside_it() -> None:
    code = (
        "from broker.protocol.crc32c import crc32c; import crc32c as package;"
        "assert package.crc32c(b'abc') == crc32c(b'abc')"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
