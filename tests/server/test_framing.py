"""Frames come out whole and in order however the bytes arrive, and memory goes back when they have."""

import struct
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.server.buffers import BLOCK_BYTES, STASH_BYTES, ReceiveBuffers
from broker.server.framing import FrameReader, InvalidFrame
from tests.fakes.clock import VirtualClock

MAX_BYTES = 8 << 20


class Owner:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.granted = 0
        self.was_evicted = False

    def memory_granted(self) -> None:
        self.granted += 1

    def evicted(self) -> None:
        self.was_evicted = True


class Reading:
    """A reader, and all that a connection does with it."""

    def __init__(self, *, memory_bytes: int = 1 << 30) -> None:
        self.buffers = ReceiveBuffers(max_bytes=memory_bytes, clock=VirtualClock())
        self.owner = Owner()
        self.reader = FrameReader(self.buffers, MAX_BYTES, self.owner)
        self.frames: list[bytes] = []

    def feed(self, data: bytes) -> bool:
        """Let all of it arrive, as far as the reader takes it at once each time."""
        view = memoryview(data)
        is_content = True
        while view:
            buffer = self.reader.get_buffer()
            count = min(len(buffer), len(view))
            assert count > 0
            buffer[:count] = view[:count]
            view = view[count:]
            self.reader.received(count)
            is_content = self.take()
            if not is_content and view:
                self.make_room()
        return is_content

    def take(self) -> bool:
        while (frame := self.reader.next_frame()) is not None:
            self.frames.append(bytes(frame))
        return self.reader.settle()

    def make_room(self) -> None:
        """Others have given memory back."""
        granted, limit = self.owner.granted, self.buffers.max_bytes
        self.buffers.max_bytes = self.buffers.used_bytes + BLOCK_BYTES
        self.buffers.give(0)
        self.buffers.max_bytes = limit
        assert self.owner.granted == granted + 1


def framed(*bodies: bytes) -> bytes:
    return b"".join(struct.pack(">i", len(body)) + body for body in bodies)


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    at = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[start:end] for start, end in pairwise(at)]


SIZES = st.one_of(
    st.integers(0, 200),
    st.sampled_from(
        [STASH_BYTES - 5, STASH_BYTES - 4, STASH_BYTES, STASH_BYTES + 1, 3 * STASH_BYTES, 70_000]
    ),
    st.sampled_from([BLOCK_BYTES - 5, BLOCK_BYTES - 4, BLOCK_BYTES - 3, BLOCK_BYTES + 9, 3 * BLOCK_BYTES]),
)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(SIZES, min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 1 << 24), max_size=12),
    memory_bytes=st.sampled_from([1, 2 * BLOCK_BYTES, 1 << 30]),
)
def test_any_split_of_the_bytes_gives_the_same_frames(
    sizes: list[int], cuts: list[int], memory_bytes: int
) -> None:
    bodies = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    reading = Reading(memory_bytes=memory_bytes)
    for piece in pieces(framed(*bodies), cuts):
        if not reading.feed(piece):
            reading.make_room()
    assert reading.frames == bodies
    assert (reading.reader.held_bytes, reading.buffers.used_bytes) == (0, 0)


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_are_frames_or_an_invalid_length(data: bytes, cuts: list[int]) -> None:
    reading = Reading()
    with suppress(InvalidFrame):
        for piece in pieces(data, cuts):
            reading.feed(piece)
    assert data.startswith(framed(*reading.frames))


def test_single_bytes_make_a_frame() -> None:
    reading = Reading()
    for byte in framed(b"hello"):
        reading.feed(bytes([byte]))
    assert reading.frames == [b"hello"]


@pytest.mark.parametrize("size", [-1, -(1 << 31), MAX_BYTES + 1, (1 << 31) - 1])
def test_a_length_out_of_bounds_is_refused_before_anything_is_kept(size: int) -> None:
    reading = Reading()
    with pytest.raises(InvalidFrame):
        reading.feed(struct.pack(">i", size))
    assert reading.buffers.used_bytes == 0


def test_the_largest_length_is_allowed_and_takes_no_memory_of_its_own() -> None:
    reading = Reading()
    reading.feed(struct.pack(">i", MAX_BYTES) + bytes(10))
    assert reading.buffers.used_bytes == 14


def test_a_read_does_not_go_beyond_a_frame_whose_end_is_known() -> None:
    reading = Reading()
    reading.feed(struct.pack(">i", 500_000) + bytes(100_000))
    assert len(reading.reader.get_buffer()) == 400_000


def test_small_beginnings_are_copied_and_occupy_no_block() -> None:
    reading = Reading()
    shared = reading.buffers.shared
    reading.feed(framed(b"whole") + b"\0\0")
    assert reading.reader.held_bytes == 2
    assert reading.buffers.shared is shared


def test_a_frame_that_waits_is_handed_out_after_it_was_kept() -> None:
    reading = Reading()
    data = framed(b"first", b"second" * 2000, b"third")
    reading.reader.get_buffer()[: len(data)] = data
    reading.reader.received(len(data))
    frame = reading.reader.next_frame()
    assert frame is not None
    assert bytes(frame) == b"first"
    reading.reader.settle()  # what is left has to wait, and others use the shared block
    reading.buffers.shared[: len(data)] = bytes(len(data))
    reading.reader.resume()
    reading.take()
    assert reading.frames == [b"second" * 2000, b"third"]
    assert reading.buffers.used_bytes == 0


def test_memory_of_a_large_frame_is_accounted_for_as_it_fills() -> None:
    reading = Reading()
    reading.feed(struct.pack(">i", MAX_BYTES) + bytes(STASH_BYTES))
    assert reading.buffers.used_bytes == BLOCK_BYTES
    reading.feed(bytes(BLOCK_BYTES))
    assert reading.buffers.used_bytes == 2 * BLOCK_BYTES


def test_without_memory_little_is_read_and_a_larger_frame_has_to_wait() -> None:
    reading = Reading(memory_bytes=1)
    assert len(reading.reader.get_buffer()) == 2 * STASH_BYTES
    is_content = reading.feed(struct.pack(">i", 100_000) + bytes(STASH_BYTES))
    assert not is_content
    reading.make_room()
    reading.feed(bytes(100_000 - STASH_BYTES))
    assert [len(frame) for frame in reading.frames] == [100_000]


def test_without_memory_small_frames_still_get_through() -> None:
    reading = Reading(memory_bytes=1)
    assert reading.feed(framed(*[b"x" * 100] * 500))
    assert len(reading.frames) == 500


def test_closing_gives_everything_back_and_may_happen_twice() -> None:
    reading = Reading()
    reading.feed(struct.pack(">i", MAX_BYTES) + bytes(2 * BLOCK_BYTES))
    reading.reader.close()
    reading.reader.close()
    assert reading.buffers.used_bytes == 0


@pytest.mark.parametrize(
    ("first_bytes", "guess"),
    [(b"\x16\x03\x01\x02", "does the client speak TLS"), (b"GET ", "does the client speak HTTP")],
)
def test_who_speaks_another_protocol_is_told_so(first_bytes: bytes, guess: str) -> None:
    assert guess in str(InvalidFrame(int.from_bytes(first_bytes), 1000))
    assert "does the client" not in str(InvalidFrame(-5, 1000))
