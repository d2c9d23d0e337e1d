"""What is in a partition's files and what is wrong with them: prove it right, damage it, find it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.log.inspect import (
    BatchFound,
    PartitionReport,
    Problem,
    find_partitions,
    segment_paths,
    verify_partition,
    walk_batches,
)
from broker.protocol.records.batch import BatchHeader, replace_header
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from tests.log.segments import TOPIC_ID, BytesFiles, batches, partition, segment

DIRECTORY = "data/orders-0"
FIRST, SECOND = f"{DIRECTORY}/{0:020}", f"{DIRECTORY}/{30:020}"


def verified(contents: dict[str, bytes], *, records: bool = True) -> PartitionReport:
    return verify_partition(BytesFiles(contents), DIRECTORY, records=records)


def only_problem(contents: dict[str, bytes], *, records: bool = False) -> Problem:
    (problem,) = verified(contents, records=records).problems
    return problem


def changed(data: bytes, position: int, value: bytes) -> bytes:
    return data[:position] + value + data[position + len(value) :]


def rewritten(batch: bytes, **fields: int) -> bytes:
    """The batch with other header fields and a checksum that is right for them."""
    view = memoryview(bytearray(batch))
    replace_header(view, BatchHeader.parse(view)._replace(**fields))
    return bytes(view)


def test_a_whole_partition_has_nothing_wrong() -> None:
    report = verified(partition())
    assert report.problems == []
    assert report.topic_id == TOPIC_ID
    first, second = report.segments
    assert (first.base_offset, first.next_offset, first.batches, first.records) == (0, 30, 10, 30)
    assert (second.base_offset, second.next_offset, second.batches, second.records) == (30, 45, 5, 15)
    assert first.size_bytes == len(partition()[f"{FIRST}.log"])


def test_a_partitions_directory_is_found_as_itself() -> None:
    assert find_partitions(BytesFiles(partition()), DIRECTORY) == [DIRECTORY]
    assert find_partitions(BytesFiles({f"{DIRECTORY}/partition.metadata": b""}), DIRECTORY) == [DIRECTORY]


def test_a_data_directorys_partitions_are_found_in_order() -> None:
    contents = {f"data/{name}/{0:020}.log": b"" for name in ("b-0", "a-10", "a-2", "a-b-0", "a.f00-delete")}
    contents |= {"data/state.db": b"", "data/file-1": b"", "data/.lock": b""}
    assert find_partitions(BytesFiles(contents), "data") == [
        "data/a-2",
        "data/a-10",
        "data/a-b-0",
        "data/b-0",
    ]


def test_segments_come_in_the_order_of_their_offsets() -> None:
    contents = {
        f"{DIRECTORY}/{name}": b"" for name in (f"{30:020}.log", f"{4:020}.log", "x.log", f"{4:020}.index")
    }
    assert segment_paths(BytesFiles(contents), DIRECTORY) == [f"{DIRECTORY}/{4:020}.log", f"{SECOND}.log"]


def test_every_batch_is_walked_with_its_position() -> None:
    stored = batches(3)
    found = list(walk_batches(BytesFiles({"x.log": b"".join(stored)}), "x.log"))
    assert [(one.position, bytes(one.data)) for one in found if isinstance(one, BatchFound)] == [
        (0, stored[0]),
        (len(stored[0]), stored[1]),
        (len(stored[0]) + len(stored[1]), stored[2]),
    ]
    assert all(one.crc_is_valid for one in found if isinstance(one, BatchFound))


def test_a_batch_larger_than_a_piece_of_the_file_is_read() -> None:
    large = bytes(write_batch([Record(0, 0, None, bytes(3 << 20))]))
    small = bytes(write_batch([Record(1, 0, None, b"")], base_offset=1))
    found = list(walk_batches(BytesFiles({"x.log": small + large + small}), "x.log"))
    assert [len(one.data) for one in found if isinstance(one, BatchFound)] == [
        len(small),
        len(large),
        len(small),
    ]


def test_what_is_written_during_the_walk_is_seen() -> None:
    files = BytesFiles({"x.log": batches(1)[0]})
    walk = walk_batches(files, "x.log")
    next(walk)
    files.contents["x.log"] += batches(1, base_offset=3)[0]
    assert isinstance(next(walk), BatchFound)


def test_a_torn_tail_is_told_with_its_place() -> None:
    contents = partition()
    whole = contents[f"{SECOND}.log"]
    for cut in (1, 40, 100):
        contents[f"{SECOND}.log"] = whole[:-cut]
        problem = only_problem(contents)
        assert problem.path == f"{SECOND}.log"
        assert problem.position is not None
        assert len(whole) - 200 < problem.position < len(whole) - cut


def test_a_flipped_bit_is_told_by_its_batch_and_the_rest_is_checked_still() -> None:
    contents = partition()
    size = len(batches(1)[0])
    contents[f"{FIRST}.log"] = changed(contents[f"{FIRST}.log"], 3 * size + 80, b"\xee")
    report = verified(contents)
    assert report.problems == [
        Problem(f"{FIRST}.log", 3 * size, "the checksum is wrong (offsets 9 to 11)"),
    ]
    assert report.segments[0].batches == 9


def test_what_is_no_batch_ends_the_walk() -> None:
    contents = partition()
    size = len(batches(1)[0])
    contents[f"{FIRST}.log"] = changed(contents[f"{FIRST}.log"], 2 * size + 16, b"\x07")
    problem = only_problem(contents)
    assert problem.position == 2 * size
    assert "magic 7" in problem.message


@pytest.mark.parametrize("length", [0, 48, -1, 10**9])
def test_a_length_that_cannot_be_ends_the_walk(length: int) -> None:
    contents = partition()
    contents[f"{FIRST}.log"] = changed(contents[f"{FIRST}.log"], 8, length.to_bytes(4, "big", signed=True))
    assert only_problem(contents).position == 0


def test_zeros_after_the_last_batch_are_told() -> None:
    contents = partition()
    size = len(contents[f"{SECOND}.log"])
    contents[f"{SECOND}.log"] += bytes(100)
    assert only_problem(contents).position == size


def test_offsets_that_go_back_are_told() -> None:
    stored = batches(3)
    contents = segment(DIRECTORY, [stored[0], stored[2], stored[1]], every=9)
    assert "6" not in only_problem(contents).message.split()[:4]
    assert only_problem(contents).message == "its base offset is 3, 9 or more was expected"


def test_gaps_are_allowed() -> None:
    """Compaction leaves them."""
    stored = batches(5)
    assert verified(segment(DIRECTORY, [stored[0], stored[3]], every=9)).problems == []


def test_segments_that_overlap_are_told() -> None:
    contents = segment(DIRECTORY, batches(10), every=9) | segment(
        DIRECTORY, batches(2, base_offset=27), every=9
    )
    assert Problem(f"{DIRECTORY}/{27:020}.log", None, "it overlaps the segment before, up to 30") in (
        verified(contents).problems
    )


def test_a_batch_before_its_segments_base_offset_is_told() -> None:
    contents = segment(DIRECTORY, batches(2), every=9)
    moved = {path.replace(f"{0:020}", f"{5:020}"): data for path, data in contents.items()}
    assert [problem.message for problem in verified(moved).problems] == [
        "its base offset is 0, 5 or more was expected",
        "its base offset is 3, 5 or more was expected",
    ]


def test_a_leader_epoch_that_goes_back_is_told() -> None:
    stored = batches(1, leader_epoch=4) + batches(1, base_offset=3, leader_epoch=3)
    assert only_problem(segment(DIRECTORY, stored, every=9)).message == "leader epoch 3 follows 4"


@pytest.mark.parametrize("count", [4, -1])
def test_a_record_count_that_does_not_fit_is_told(count: int) -> None:
    stored = [rewritten(batches(1)[0], record_count=count)]
    assert only_problem(segment(DIRECTORY, stored, every=9)).message == f"{count} records in 3 offsets"


def test_records_are_read_only_when_asked_for() -> None:
    stored = batches(1)[0]
    contents = segment(DIRECTORY, [rewritten(stored[:-1] + b"\x09")], every=9)
    assert verified(contents, records=False).problems == []
    assert "damaged" in only_problem(contents, records=True).message


def test_a_records_offset_outside_its_batch_is_told() -> None:
    sent = [Record(0, 0, None, b""), Record(5, 0, None, b"")]
    stored = bytes(write_batch(sent, last_offset=3))
    assert (
        only_problem(segment(DIRECTORY, [stored], every=9), records=True).message == "a record has offset 5"
    )


@pytest.mark.parametrize("name", ["leader-epoch-checkpoint", "partition.metadata", f"{30:020}.snapshot"])
def test_a_damaged_file_beside_the_log_is_told(name: str) -> None:
    contents = partition()
    contents[f"{DIRECTORY}/{name}"] = b"nonsense"
    assert only_problem(contents).path == f"{DIRECTORY}/{name}"


def test_an_index_that_does_not_fit_its_log_is_told() -> None:
    contents = partition()
    contents[f"{FIRST}.index"] = changed(contents[f"{FIRST}.index"], 0, b"\0\0\0\1")
    contents[f"{SECOND}.timeindex"] = contents[f"{SECOND}.timeindex"][:-1]
    assert [(problem.path, problem.position) for problem in verified(contents).problems] == [
        (f"{FIRST}.index", 0),
        (f"{SECOND}.timeindex", 12),
    ]


def test_an_index_without_its_segment_is_told() -> None:
    contents = partition()
    contents[f"{DIRECTORY}/{99:020}.index"] = b""
    assert only_problem(contents) == Problem(
        f"{DIRECTORY}/{99:020}.index", None, "an index without its segment"
    )


def test_the_index_of_aborted_transactions_is_read() -> None:
    contents = partition()
    entry = bytes.fromhex("0000" + "0000000000000007" * 4)
    contents[f"{FIRST}.txnindex"] = entry * 2
    assert verified(contents).problems == []
    for data in (entry[:-1], b"\0\1" + entry[2:], entry[:2] + b"\xff" * 8 + entry[10:]):
        contents[f"{FIRST}.txnindex"] = data
        assert only_problem(contents).path == f"{FIRST}.txnindex"


def test_a_file_that_goes_away_meanwhile_is_left_out() -> None:
    class Vanishing(BytesFiles):
        def read(self, path: str, *, position: int, size_bytes: int) -> bytes:
            if path == f"{FIRST}.log":
                raise FileNotFoundError(2, "No such file or directory")
            return super().read(path, position=position, size_bytes=size_bytes)

    report = verify_partition(Vanishing(partition()), DIRECTORY)
    assert [segment.base_offset for segment in report.segments] == [30]
    assert report.problems == []


def test_a_file_that_cannot_be_read_is_told() -> None:
    class Failing(BytesFiles):
        def read(self, path: str, *, position: int, size_bytes: int) -> bytes:
            raise OSError(5, "Input/output error")

    problems = verify_partition(Failing(partition()), DIRECTORY).problems
    assert {problem.message for problem in problems} == {"Input/output error"}


def test_a_directory_that_is_not_there_is_told() -> None:
    (problem,) = verify_partition(BytesFiles({}), DIRECTORY).problems
    assert str(problem) == f"{DIRECTORY}: No such file or directory"


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_damaged_the_answer_is_a_report(data: st.DataObject) -> None:
    contents = partition()
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(contents)))
        old = contents[path]
        position = data.draw(st.integers(0, max(len(old) - 1, 0)))
        match data.draw(st.sampled_from(["change", "cut", "insert", "replace"])):
            case "change":
                contents[path] = changed(old, position, data.draw(st.binary(min_size=1, max_size=9)))
            case "cut":
                contents[path] = old[:position]
            case "insert":
                contents[path] = old[:position] + data.draw(st.binary(max_size=70)) + old[position:]
            case _:
                contents[path] = data.draw(st.binary(max_size=200))
    report = verified(contents)
    assert all(str(problem).startswith(DIRECTORY) for problem in report.problems)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_no_changed_byte_of_a_log_goes_unnoticed(data: st.DataObject) -> None:
    """But for the base offset's and the leader epoch's, which no checksum covers."""
    contents = partition()
    path = data.draw(st.sampled_from([f"{FIRST}.log", f"{SECOND}.log"]))
    found = [one for one in walk_batches(BytesFiles(contents), path) if isinstance(one, BatchFound)]
    batch = data.draw(st.sampled_from(found))
    position = batch.position + data.draw(st.integers(16, batch.header.size_bytes - 1))
    old = contents[path][position]
    contents[path] = changed(contents[path], position, bytes([old ^ data.draw(st.integers(1, 255))]))
    assert verified(contents, records=False).problems[0].position == batch.position
