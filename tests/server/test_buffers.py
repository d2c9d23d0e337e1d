"""Receive memory: who waits is served in order, and what does not come to an end makes room."""

import pytest

from broker.server.buffers import BLOCK_BYTES, CHECK_MS, SPARE_BLOCKS, ReceiveBuffers, new_block
from tests.fakes.clock import VirtualClock


class Holder:
    """A half-sent frame, or somebody who waits to receive one."""

    def __init__(self, buffers: ReceiveBuffers, *, half_sent_bytes: int = 0, blocks: int = 0) -> None:
        self.buffers = buffers
        self.half_sent_bytes = half_sent_bytes
        self.held_bytes = blocks * BLOCK_BYTES
        self.was_granted = self.was_evicted = False
        buffers.hold(self)
        buffers.take(self.held_bytes, self)

    def take(self, count: int) -> None:
        self.held_bytes += count
        self.buffers.take(count, self)

    def memory_granted(self) -> None:
        self.was_granted = True

    def evicted(self) -> None:
        self.was_evicted = True
        self.buffers.let_go(self)
        self.buffers.give(self.held_bytes)
        self.held_bytes = 0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def buffers(clock: VirtualClock) -> ReceiveBuffers:
    return ReceiveBuffers(max_bytes=2 * BLOCK_BYTES, clock=clock)


def test_a_swap_leaves_the_loop_another_block(buffers: ReceiveBuffers) -> None:
    before = buffers.shared
    assert buffers.swap_shared() is before
    assert buffers.shared is not before


def test_recycled_blocks_are_used_again_but_few_are_kept(buffers: ReceiveBuffers) -> None:
    blocks = [buffers.block() for _ in range(SPARE_BLOCKS + 1)]
    for block in blocks:
        buffers.recycle(block)
    again = [buffers.block() for _ in range(SPARE_BLOCKS + 1)]
    assert sum(any(new is old for old in blocks) for new in again) == SPARE_BLOCKS


def test_memory_counts_as_exhausted_when_no_further_block_fits(buffers: ReceiveBuffers) -> None:
    Holder(buffers, blocks=1)
    assert not buffers.is_exhausted
    Holder(buffers).take(1)
    assert buffers.is_exhausted


def test_no_limit_is_never_exhausted(clock: VirtualClock) -> None:
    buffers = ReceiveBuffers(max_bytes=-1, clock=clock)
    Holder(buffers).take(1 << 40)
    assert not buffers.is_exhausted


def test_whoever_waits_is_served_in_order(buffers: ReceiveBuffers) -> None:
    Holder(buffers, blocks=2)
    first, second = Holder(buffers), Holder(buffers)
    buffers.wait(first)
    buffers.wait(second)
    buffers.give(BLOCK_BYTES)
    assert (first.was_granted, second.was_granted) == (True, False)
    assert buffers.used_bytes == 2 * BLOCK_BYTES


def test_the_slowest_half_sent_frame_makes_room_for_who_has_waited(
    buffers: ReceiveBuffers, clock: VirtualClock
) -> None:
    slow = Holder(buffers, half_sent_bytes=10, blocks=1)
    fast = Holder(buffers, half_sent_bytes=100_000, blocks=1)
    waiting = Holder(buffers)
    buffers.wait(waiting)
    clock.advance(CHECK_MS - 1)
    assert not slow.was_evicted
    clock.advance(1)
    assert (slow.was_evicted, fast.was_evicted, waiting.was_granted) == (True, False, True)


def test_requests_that_wait_for_the_broker_are_not_dropped(
    buffers: ReceiveBuffers, clock: VirtualClock
) -> None:
    complete = Holder(buffers, half_sent_bytes=0, blocks=2)
    waiting = Holder(buffers)
    buffers.wait(waiting)
    clock.advance(10 * CHECK_MS)
    assert not complete.was_evicted
    assert not waiting.was_granted


def test_a_frame_that_has_just_begun_is_given_time(buffers: ReceiveBuffers, clock: VirtualClock) -> None:
    Holder(buffers, blocks=1)
    waiting = Holder(buffers)
    buffers.wait(waiting)
    clock.advance(CHECK_MS - 1)
    young = Holder(buffers, half_sent_bytes=1, blocks=1)
    clock.advance(1)
    assert not young.was_evicted
    clock.advance(CHECK_MS)
    assert young.was_evicted


def test_nothing_is_dropped_while_nobody_waits(buffers: ReceiveBuffers, clock: VirtualClock) -> None:
    idle = Holder(buffers, half_sent_bytes=1, blocks=2)
    clock.advance(100 * CHECK_MS)
    assert not idle.was_evicted
    assert clock.next_timer_ms() is None


def test_who_waits_for_memory_is_not_dropped_for_being_slow(
    buffers: ReceiveBuffers, clock: VirtualClock
) -> None:
    hostile = [Holder(buffers, half_sent_bytes=500_000, blocks=1) for _ in range(2)]
    good = [Holder(buffers, half_sent_bytes=4_000) for _ in range(3)]
    for holder in good:
        buffers.wait(holder)
    clock.advance(CHECK_MS)
    assert [holder.was_evicted for holder in hostile] == [True, True]
    assert [holder.was_evicted for holder in good] == [False] * 3
    assert [holder.was_granted for holder in good] == [True, True, False]


def test_when_all_who_wait_hold_memory_one_makes_room_for_the_others(
    buffers: ReceiveBuffers, clock: VirtualClock
) -> None:
    buffers.max_bytes = 12 * BLOCK_BYTES
    uploads = [Holder(buffers, half_sent_bytes=size, blocks=4) for size in (100, 200, 300)]
    for upload in uploads:
        buffers.wait(upload)
    clock.advance(CHECK_MS)
    assert [upload.was_evicted for upload in uploads] == [True, False, False]


def test_beyond_the_bound_the_slowest_goes_at_once_but_not_the_one_who_asks(
    buffers: ReceiveBuffers, clock: VirtualClock
) -> None:
    fast = Holder(buffers, half_sent_bytes=1000, blocks=1)
    slow = Holder(buffers, half_sent_bytes=10, blocks=1)
    clock.advance(1)
    slowest = Holder(buffers, half_sent_bytes=1)
    slowest.take(4096)
    assert (fast.was_evicted, slow.was_evicted, slowest.was_evicted) == (False, True, False)
    assert buffers.used_bytes <= buffers.max_bytes


def test_letting_go_ends_the_waiting(buffers: ReceiveBuffers) -> None:
    Holder(buffers, blocks=2)
    gone = Holder(buffers)
    buffers.wait(gone)
    buffers.let_go(gone)
    buffers.give(2 * BLOCK_BYTES)
    assert not gone.was_granted


def test_a_block_is_writable_memory() -> None:
    block = new_block(8)
    block[:] = b"12345678"
    assert bytes(block) == b"12345678"
