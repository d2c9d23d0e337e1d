"""The five codecs of a record batch, with output that is bounded while it is being made.

| codec | bytes in a batch | read as Apache Kafka reads it |
| --- | --- | --- |
| gzip | one member or several | what follows the last member and is no member is ignored |
| snappy | xerial framing: 16-byte header, then (length, block)* of 32 KiB; or one bare block | both |
| lz4 | one frame | what follows the frame is ignored |
| zstd | one frame or several | skippable frames are skipped |

A small batch can claim to hold gigabytes, so nothing is decompressed in one call: output is taken
in slices, and a snappy block, which must be allocated at once, is refused by the length it
announces. The libraries are imported when a codec is first used.

Differences from Apache Kafka: the content checksum of an lz4 frame is checked; a library of
Kafka's own ignores it.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from struct import Struct

from broker.protocol.errors import ErrorCode, KafkaError

BytesLike = bytes | bytearray | memoryview

_SLICE_BYTES = 256 * 1024
_FIRST_GZIP_SLICE_BYTES = 1024
_SNAPPY_BLOCK_BYTES = 32 * 1024
_SNAPPY_GREATEST_RATIO = 22  # a three-byte copy makes 64 bytes
_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER = _XERIAL_MAGIC + Struct(">ii").pack(1, 1)
_GZIP_MAGIC = b"\x1f\x8b"
_LZ4_MAGIC = b"\x04\x22\x4d\x18"
_LZ4_DEFAULT_LEVEL = 9  # as Kafka names it; it means the fast compressor, not level 9
_ZSTD_MAGIC = 0xFD2FB528
_ZSTD_SKIPPABLE_MAGIC = 0x184D2A50  # and the 15 after it
_ZSTD_DEFAULT_LEVEL = 3
_INT32 = Struct(">i")
_LITTLE_UINT32 = Struct("<I")


class Codec(IntEnum):
    """How a batch's records are compressed; the number stands in the batch's attributes."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


CODECS = tuple(Codec)


def compress(codec: Codec, data: BytesLike, level: int | None = None) -> bytes:
    """Compress in the framing that Java clients write; `level` None is Kafka's default."""
    return _COMPRESS[codec](data, level)


def decompress(codec: Codec, data: BytesLike, *, max_bytes: int) -> bytes:
    """The plain bytes, at most `max_bytes`.

    Raises: KafkaError(CORRUPT_MESSAGE): not what the codec writes, or not all of it.
        KafkaError(MESSAGE_TOO_LARGE): there is more than `max_bytes`; little more was made.
    """
    parts: list[BytesLike] = []
    size_bytes = 0
    for part in _DECOMPRESS[codec](memoryview(data), max_bytes):
        size_bytes += len(part)
        if size_bytes > max_bytes:
            raise _too_large(max_bytes)
        parts.append(part)
    if len(parts) == 1 and isinstance(parts[0], bytes):
        return parts[0]
    return b"".join(parts)


def _corrupt(codec: Codec, reason: object) -> KafkaError:
    return KafkaError(ErrorCode.CORRUPT_MESSAGE, f"The records are not valid {codec.name.lower()}: {reason}.")


def _too_large(max_bytes: int) -> KafkaError:
    return KafkaError(
        ErrorCode.MESSAGE_TOO_LARGE, f"The records are larger than {max_bytes} bytes when decompressed."
    )


def _keep(data: BytesLike, _level: int | None) -> bytes:
    return bytes(data)


def _take(data: memoryview, _max_bytes: int) -> Iterator[BytesLike]:
    yield bytes(data)


def _gzip(data: BytesLike, level: int | None) -> bytes:
    import zlib

    compressor = zlib.compressobj(-1 if level is None else level, zlib.DEFLATED, 31)
    return compressor.compress(data) + compressor.flush()


def _gunzip(data: memoryview, max_bytes: int) -> Iterator[bytes]:
    """Input is fed in growing slices: what a member leaves over is copied by zlib, and a batch of
    thousands of tiny members must not copy itself thousands of times."""
    import zlib

    position = 0
    while position == 0 or data[position : position + 2] == _GZIP_MAGIC:
        member = zlib.decompressobj(31)
        pending: BytesLike = b""
        slice_bytes = _FIRST_GZIP_SLICE_BYTES
        while not member.eof:
            if not pending:
                pending = data[position : position + slice_bytes]
                position += len(pending)
                slice_bytes = min(2 * slice_bytes, _SLICE_BYTES)
                if not pending:
                    raise _corrupt(Codec.GZIP, "it ends too early")
            try:
                yield member.decompress(pending, min(_SLICE_BYTES, max_bytes + 1))
            except zlib.error as reason:
                raise _corrupt(Codec.GZIP, reason) from None
            pending = member.unconsumed_tail
        position -= len(member.unused_data)


def _snappy(data: BytesLike, _level: int | None) -> bytes:
    import cramjam

    parts: list[BytesLike] = [_XERIAL_HEADER]
    view = memoryview(data)
    for start in range(0, len(view), _SNAPPY_BLOCK_BYTES):
        block = memoryview(cramjam.snappy.compress_raw(view[start : start + _SNAPPY_BLOCK_BYTES]))
        parts.append(_INT32.pack(len(block)))
        parts.append(block)
    return b"".join(parts)


def _unsnappy(data: memoryview, max_bytes: int) -> Iterator[BytesLike]:
    if data[:8] != _XERIAL_MAGIC:
        yield _snappy_block(data, max_bytes)
        return
    if len(data) < len(_XERIAL_HEADER):
        raise _corrupt(Codec.SNAPPY, "the framing's header is cut off")
    position, left = len(_XERIAL_HEADER), max_bytes
    while position < len(data):
        if data[position : position + 8] == _XERIAL_MAGIC:  # streams that were joined
            position += len(_XERIAL_HEADER)
            continue
        if position + 4 > len(data):
            raise _corrupt(Codec.SNAPPY, "a block's length is cut off")
        (size,) = _INT32.unpack_from(data, position)
        position += 4
        if not 0 <= size <= len(data) - position:
            raise _corrupt(Codec.SNAPPY, f"a block of {size} bytes, {len(data) - position} are left")
        part = _snappy_block(data[position : position + size], left)
        yield part
        left -= len(part)
        position += size


def _snappy_block(block: memoryview, max_bytes: int) -> memoryview:
    import cramjam

    try:
        announced = cramjam.snappy.decompress_raw_len(block)
        if announced > _SNAPPY_GREATEST_RATIO * len(block):
            raise _corrupt(Codec.SNAPPY, f"{len(block)} bytes cannot hold {announced}")
        if announced > max_bytes:
            raise _too_large(max_bytes)
        return memoryview(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError as reason:
        raise _corrupt(Codec.SNAPPY, reason) from None


def _lz4(data: BytesLike, level: int | None) -> bytes:
    """Independent blocks of 64 KiB: Java clients refuse blocks that lean on the one before."""
    import lz4.frame

    frame: bytes = lz4.frame.compress(
        data,
        compression_level=0 if level in {None, _LZ4_DEFAULT_LEVEL} else max(3, min(level or 0, 12)),
        block_size=lz4.frame.BLOCKSIZE_MAX64KB,
        block_linked=False,
        store_size=False,
    )
    return frame


def _unlz4(data: memoryview, max_bytes: int) -> Iterator[bytes]:
    import lz4.frame

    if data[:4] != _LZ4_MAGIC:
        raise _corrupt(Codec.LZ4, "it does not start as a frame")
    context = lz4.frame.create_decompression_context()
    position, at_end = 0, False
    while not at_end:
        try:
            part, taken, at_end = lz4.frame.decompress_chunk(
                context, data[position : position + _SLICE_BYTES], min(_SLICE_BYTES, max_bytes + 1)
            )
        except RuntimeError as reason:
            raise _corrupt(Codec.LZ4, reason) from None
        position += taken
        if not part and not taken and not at_end:
            raise _corrupt(Codec.LZ4, "it ends too early")
        yield part


def _zstd(data: BytesLike, level: int | None) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=_ZSTD_DEFAULT_LEVEL if level is None else level).compress(data)


def _unzstd(data: memoryview, max_bytes: int) -> Iterator[bytes]:
    import zstandard

    try:
        _require_whole_zstd_frames(data)
        reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True, closefd=False)
        while part := reader.read(min(_SLICE_BYTES, max_bytes + 1)):
            yield part
    except zstandard.ZstdError as reason:
        raise _corrupt(Codec.ZSTD, reason) from None


def _require_whole_zstd_frames(data: memoryview) -> None:
    """Walk the blocks of each frame (RFC 8878): the library takes a frame that is cut off for one
    that ends."""
    import zstandard

    position, size = 0, len(data)
    while position < size or size == 0:
        if position + 8 > size:
            raise _corrupt(Codec.ZSTD, "a frame is cut off")
        (magic,) = _LITTLE_UINT32.unpack_from(data, position)
        if magic & 0xFFFFFFF0 == _ZSTD_SKIPPABLE_MAGIC:
            (length,) = _LITTLE_UINT32.unpack_from(data, position + 4)
            position += 8 + length
        elif magic == _ZSTD_MAGIC:
            has_checksum = data[position + 4] & 0x04
            position += zstandard.frame_header_size(data[position : position + 18])
            position = _after_zstd_blocks(data, position) + (4 if has_checksum else 0)
        else:
            raise _corrupt(Codec.ZSTD, f"no frame at byte {position}")
    if position != size:
        raise _corrupt(Codec.ZSTD, "the last frame is cut off")


def _after_zstd_blocks(data: memoryview, position: int) -> int:
    while True:
        if position + 3 > len(data):
            raise _corrupt(Codec.ZSTD, "a block is cut off")
        header = data[position] | data[position + 1] << 8 | data[position + 2] << 16
        is_run = header & 0x06 == 0x02  # one byte, repeated
        position += 3 + (1 if is_run else header >> 3)
        if header & 1:
            return position


_COMPRESS: dict[Codec, Callable[[BytesLike, int | None], bytes]] = {
    Codec.NONE: _keep,
    Codec.GZIP: _gzip,
    Codec.SNAPPY: _snappy,
    Codec.LZ4: _lz4,
    Codec.ZSTD: _zstd,
}
_DECOMPRESS: dict[Codec, Callable[[memoryview, int], Iterator[BytesLike]]] = {
    Codec.NONE: _take,
    Codec.GZIP: _gunzip,
    Codec.SNAPPY: _unsnappy,
    Codec.LZ4: _unlz4,
    Codec.ZSTD: _unzstd,
}
