"""The codecs: round trips, foreign framings, bounds, garbage."""

import gzip
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import aiokafka.codec as aiokafka_codec
import cramjam
import lz4.frame
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.protocol.compression import CODECS, Codec, compress, decompress
from broker.protocol.errors import ErrorCode, KafkaError

PACKED = [codec for codec in Codec if codec]
TEXT = b"".join(b"record %d, " % n for n in range(20_000))
XERIAL_HEADER = bytes.fromhex("82534e4150505900 00000001 00000001")
MEGABYTE = 1 << 20


def refusal(codec: Codec, data: bytes, *, max_bytes: int = MEGABYTE) -> ErrorCode:
    with pytest.raises(KafkaError) as caught:
        decompress(codec, data, max_bytes=max_bytes)
    return caught.value.code


@contextmanager
def at_most(limit_bytes: int) -> Iterator[None]:
    """What Python allocates within is bounded."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit_bytes
    finally:
        tracemalloc.stop()


def streamed_zstd(data: bytes) -> bytes:
    """As Java writes it: in pieces, without announcing the size."""
    packer = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()
    return packer.compress(data) + packer.flush()


@given(st.binary(max_size=5000) | st.sampled_from([TEXT, bytes(100_000)]), st.sampled_from(Codec))
@settings(deadline=None)
def test_what_is_compressed_is_decompressed(data: bytes, codec: Codec) -> None:
    for given_as in (data, bytearray(data), memoryview(data)):
        packed = compress(codec, given_as)
        assert decompress(codec, memoryview(packed), max_bytes=len(data)) == data


@pytest.mark.parametrize("codec", Codec)
def test_numbers_are_kafkas(codec: Codec) -> None:
    assert [one.name for one in CODECS] == ["NONE", "GZIP", "SNAPPY", "LZ4", "ZSTD"]
    assert CODECS[codec] is codec


@pytest.mark.parametrize("codec", PACKED)
def test_the_bound_is_exact(codec: Codec) -> None:
    packed = compress(codec, TEXT)
    assert decompress(codec, packed, max_bytes=len(TEXT)) == TEXT
    assert refusal(codec, packed, max_bytes=len(TEXT) - 1) is ErrorCode.MESSAGE_TOO_LARGE


@pytest.mark.parametrize("codec", PACKED)
def test_a_bomb_stops_at_the_bound(codec: Codec) -> None:
    packed = compress(codec, bytes(64 * MEGABYTE))
    with at_most(4 * MEGABYTE):
        assert refusal(codec, packed) is ErrorCode.MESSAGE_TOO_LARGE


def test_a_bomb_of_thousands_of_gzip_members_stops_at_the_bound() -> None:
    packed = gzip.compress(bytes(MEGABYTE)) * 1000
    with at_most(4 * MEGABYTE):
        assert refusal(Codec.GZIP, packed, max_bytes=MEGABYTE) is ErrorCode.MESSAGE_TOO_LARGE


def test_a_snappy_block_is_refused_by_the_length_it_announces() -> None:
    packed = bytes(cramjam.snappy.compress_raw(bytes(30 * MEGABYTE)))
    with at_most(MEGABYTE):
        assert refusal(Codec.SNAPPY, packed) is ErrorCode.MESSAGE_TOO_LARGE


@pytest.mark.parametrize("announced", ["ffffffff0f", "808080800f", "80808010"])
def test_a_snappy_block_that_lies_about_its_length_allocates_nothing(announced: str) -> None:
    with at_most(MEGABYTE):
        assert refusal(Codec.SNAPPY, bytes.fromhex(announced) + b"\0a", max_bytes=1 << 40) is (
            ErrorCode.CORRUPT_MESSAGE
        )


@pytest.mark.parametrize("codec", PACKED)
@given(data=st.binary(max_size=100))
def test_garbage_is_corrupt(codec: Codec, data: bytes) -> None:
    try:
        decompress(codec, data, max_bytes=MEGABYTE)
    except KafkaError as error:
        assert error.code in {ErrorCode.CORRUPT_MESSAGE, ErrorCode.MESSAGE_TOO_LARGE}  # noqa: PT017


@pytest.mark.parametrize("codec", PACKED)
@given(damage=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_damage_is_corrupt_or_harmless(codec: Codec, damage: list[tuple[int, int]]) -> None:
    packed = bytearray(compress(codec, TEXT[:3000]))
    for position, value in damage:
        packed[position % len(packed)] = value
    try:
        decompress(codec, packed, max_bytes=MEGABYTE)
    except KafkaError as error:
        assert error.code in {ErrorCode.CORRUPT_MESSAGE, ErrorCode.MESSAGE_TOO_LARGE}  # noqa: PT017


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.LZ4, Codec.ZSTD])
def test_nothing_is_no_compressed_data(codec: Codec) -> None:
    assert refusal(codec, b"") is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.LZ4, Codec.ZSTD])
def test_data_that_is_cut_anywhere_is_corrupt(codec: Codec) -> None:
    packed = streamed_zstd(TEXT[:500]) if codec is Codec.ZSTD else compress(codec, TEXT[:500])
    for size in range(len(packed)):
        assert refusal(codec, packed[:size]) is ErrorCode.CORRUPT_MESSAGE


def test_snappy_that_is_cut_within_a_block_is_corrupt() -> None:
    packed = compress(Codec.SNAPPY, TEXT[:500])
    for size in [*range(1, 16), *range(17, len(packed))]:
        assert refusal(Codec.SNAPPY, packed[:size]) is ErrorCode.CORRUPT_MESSAGE


def test_gzip_members_are_joined() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two")
    assert decompress(Codec.GZIP, packed, max_bytes=100) == b"one two"


def test_many_tiny_gzip_members_do_not_take_the_square_of_their_number() -> None:
    packed = gzip.compress(b"") * 50_000
    assert decompress(Codec.GZIP, packed, max_bytes=100) == b""


@pytest.mark.parametrize("rest", [b"\0\0\0\0", b"garbage", b"\x1f"])
def test_what_follows_gzip_and_is_no_member_is_ignored(rest: bytes) -> None:
    assert decompress(Codec.GZIP, gzip.compress(b"one") + rest, max_bytes=100) == b"one"


def test_gzip_with_names_and_comments_is_read() -> None:
    file = BytesIO()
    with gzip.GzipFile("a-name", "wb", fileobj=file, mtime=1) as out:
        out.write(b"one")
    assert decompress(Codec.GZIP, file.getvalue(), max_bytes=100) == b"one"


def test_a_wrong_gzip_checksum_is_corrupt() -> None:
    packed = bytearray(gzip.compress(b"one"))
    packed[-8] ^= 1
    assert refusal(Codec.GZIP, bytes(packed)) is ErrorCode.CORRUPT_MESSAGE


def test_bare_deflate_is_no_gzip() -> None:
    assert refusal(Codec.GZIP, zlib.compress(b"one")) is ErrorCode.CORRUPT_MESSAGE


def test_snappy_is_written_in_the_framing_of_java_clients() -> None:
    packed = compress(Codec.SNAPPY, TEXT[:70_000])
    assert packed[:16] == XERIAL_HEADER
    position, blocks = 16, []
    while position < len(packed):
        size = int.from_bytes(packed[position : position + 4], "big")
        blocks.append(cramjam.snappy.decompress_raw_len(packed[position + 4 : position + 4 + size]))
        position += 4 + size
    assert blocks == [32768, 32768, 70_000 - 65536]


def test_nothing_in_snappys_framing_is_its_header() -> None:
    assert compress(Codec.SNAPPY, b"") == XERIAL_HEADER
    assert decompress(Codec.SNAPPY, XERIAL_HEADER, max_bytes=0) == b""


def test_a_bare_snappy_block_is_read() -> None:
    assert decompress(Codec.SNAPPY, bytes(cramjam.snappy.compress_raw(TEXT)), max_bytes=MEGABYTE) == TEXT


def test_snappy_streams_that_were_joined_are_read() -> None:
    packed = compress(Codec.SNAPPY, b"one ") + compress(Codec.SNAPPY, b"two")
    assert decompress(Codec.SNAPPY, packed, max_bytes=100) == b"one two"


@pytest.mark.parametrize("size", [-1, 2**31 - 1, 100])
def test_a_snappy_block_length_that_does_not_fit_is_corrupt(size: int) -> None:
    packed = XERIAL_HEADER + size.to_bytes(4, "big", signed=True) + b"\x01\x00a"
    assert refusal(Codec.SNAPPY, packed) is ErrorCode.CORRUPT_MESSAGE


def test_the_sum_of_snappy_blocks_is_bounded() -> None:
    packed = compress(Codec.SNAPPY, bytes(65536))
    assert refusal(Codec.SNAPPY, packed, max_bytes=65535) is ErrorCode.MESSAGE_TOO_LARGE


def test_lz4_is_written_as_java_clients_want_it() -> None:
    """Version 1, independent blocks, no checksums, no size; blocks of 64 KiB."""
    assert compress(Codec.LZ4, TEXT)[:6] == b"\x04\x22\x4d\x18\x60\x40"


@pytest.mark.parametrize(
    "options",
    [
        {"block_linked": True},
        {"content_checksum": True},
        {"block_checksum": True},
        {"store_size": False},
        {"block_size": 7, "compression_level": 9},
    ],
)
def test_other_lz4_frames_are_read(options: dict[str, int]) -> None:
    assert decompress(Codec.LZ4, lz4.frame.compress(TEXT, **options), max_bytes=MEGABYTE) == TEXT


def test_what_follows_an_lz4_frame_is_ignored() -> None:
    assert decompress(Codec.LZ4, compress(Codec.LZ4, b"one") * 2 + b"x", max_bytes=100) == b"one"


def test_zstd_frames_are_joined_and_skippable_ones_skipped() -> None:
    skippable = b"\x53\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"12345"
    packed = compress(Codec.ZSTD, b"one ") + skippable + streamed_zstd(b"two")
    assert decompress(Codec.ZSTD, packed, max_bytes=100) == b"one two"


def test_what_follows_zstd_must_be_zstd() -> None:
    assert refusal(Codec.ZSTD, compress(Codec.ZSTD, b"one") + b"garbage.") is ErrorCode.CORRUPT_MESSAGE


def test_zstd_in_many_blocks_is_read() -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    packed = b"".join(
        packer.compress(b"%d," % n) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for n in range(1000)
    )
    packed += packer.flush()
    assert decompress(Codec.ZSTD, packed, max_bytes=MEGABYTE) == b"".join(b"%d," % n for n in range(1000))


def test_zstd_with_a_window_of_a_high_level_is_read() -> None:
    wide = zstandard.ZstdCompressionParameters.from_level(1, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    assert decompress(Codec.ZSTD, packer.compress(TEXT) + packer.flush(), max_bytes=MEGABYTE) == TEXT


def test_a_wrong_zstd_checksum_is_corrupt() -> None:
    packed = bytearray(streamed_zstd(TEXT))
    packed[-1] ^= 1
    assert refusal(Codec.ZSTD, bytes(packed)) is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize(
    ("codec", "low", "high"), [(Codec.GZIP, 1, 9), (Codec.LZ4, 1, 17), (Codec.ZSTD, -5, 19)]
)
def test_levels_are_obeyed(codec: Codec, low: int, high: int) -> None:
    assert len(compress(codec, TEXT, high)) < len(compress(codec, TEXT, low))


@pytest.mark.parametrize(("codec", "level"), [(Codec.GZIP, -1), (Codec.LZ4, 9), (Codec.ZSTD, 3)])
def test_without_a_level_kafkas_default_is_meant(codec: Codec, level: int) -> None:
    assert compress(codec, TEXT) == compress(codec, TEXT, level)


@given(st.binary(min_size=1, max_size=3000) | st.just(TEXT))
@settings(deadline=None)
def test_aiokafka_reads_and_is_read(data: bytes) -> None:
    pairs = {
        Codec.GZIP: (aiokafka_codec.gzip_encode, aiokafka_codec.gzip_decode),
        Codec.SNAPPY: (aiokafka_codec.snappy_encode, aiokafka_codec.snappy_decode),
        Codec.LZ4: (aiokafka_codec.lz4_encode, aiokafka_codec.lz4_decode),
        Codec.ZSTD: (aiokafka_codec.zstd_encode, aiokafka_codec.zstd_decode),
    }
    for codec, (encode, decode) in pairs.items():
        assert decompress(codec, bytes(encode(data)), max_bytes=MEGABYTE) == data
        assert bytes(decode(compress(codec, data))) == data


def test_no_library_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, broker.protocol.records.writer, broker.protocol.records.reader;"
        "print([name for name in ('lz4', 'zstandard', 'cramjam') if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
