"""Which bytes a read gets: whole batches, of several segments as long as the budget lasts."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from broker.log.engine import FileRange
from broker.log.files import File
from broker.log.segment import Segment

MOST_CHUNKS = 16  # of one read, where it has to open another segment's file for the next

Chunks = list[memoryview | FileRange]
Unpin = Callable[[list[File]], None]


def collect(
    segments: Sequence[Segment],
    first: int,
    unpin: Unpin,
    *,
    offset: int,
    max_bytes: int,
    at_least_one_batch: bool,
    end_offset: int | None,
) -> Chunks:
    """The chunks of whole batches from the one that holds `offset`, which is in segment `first` or later.

    `end_offset`: where to stop before the log's end. The files under the chunks are pinned until
    `release_of(chunks)` is called. Raises: OSError: nothing is pinned then.
    """
    chunks: Chunks = []
    try:
        _collect_into(
            chunks,
            segments,
            first,
            offset=offset,
            budget=max_bytes,
            at_least_one_batch=at_least_one_batch,
            end_offset=end_offset,
        )
    except OSError:
        release_of(chunks, unpin)()
        raise
    return chunks


def _collect_into(
    chunks: Chunks,
    segments: Sequence[Segment],
    number: int,
    *,
    offset: int,
    budget: int,
    at_least_one_batch: bool,
    end_offset: int | None,
) -> None:
    while number < len(segments) and (budget > 0 or not chunks) and len(chunks) < MOST_CHUNKS:
        segment = segments[number]
        number += 1
        start = segment.position_of(offset)
        if start is None:
            continue
        end = segment.end_within(start, budget)
        if end == start and at_least_one_batch and not chunks:
            end = start + next(segment.scan(start)).header.size_bytes
        if end_offset is not None:
            stable = segment.position_of(end_offset)
            end = end if stable is None else min(end, stable)
        if end > start:
            chunks += segment.chunks(start, end)
        if end < segment.size_bytes:
            break
        budget -= end - start


def number_of(bases: Sequence[int], offset: int) -> int:
    """Which segment may hold the offset, by their base offsets; the first where all begin behind it."""
    return max(bisect_right(bases, offset) - 1, 0)


def release_of(chunks: Chunks, unpin: Unpin) -> Callable[[], None]:
    """What unpins the files under `chunks`."""
    files = [cast(File, chunk.file) for chunk in chunks if isinstance(chunk, FileRange)]
    return partial(unpin, files) if files else _nothing_to_release


def _nothing_to_release() -> None:
    """Views keep what they show alive by themselves."""
