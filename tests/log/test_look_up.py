from broker.log.look_up import TopicSize, find_offset, find_time, topic_sizes
from tests.log.segments import NOW, BytesFiles, partition

PARTITION = "data/orders-0"
FILES = BytesFiles(partition(PARTITION))


def test_an_offset_is_found_in_its_segment() -> None:
    place = find_offset(FILES, PARTITION, 31)
    assert place is not None
    assert (place.path, place.position, place.record.offset) == (f"{PARTITION}/{30:020}.log", 0, 31)


def test_the_first_record_of_a_time_is_found() -> None:
    place = find_time(FILES, PARTITION, NOW + 17)
    assert place is not None
    assert place.record.offset == 17


def test_what_is_behind_the_end_is_not_found() -> None:
    assert find_offset(FILES, PARTITION, 45) is None
    assert find_time(FILES, PARTITION, NOW + 45) is None


def test_growth_is_measured_between_the_first_and_the_last_segment() -> None:
    first, last = (FILES.size_bytes(f"{PARTITION}/{base:020}.log") for base in (0, 30))
    per_day = first * 86_400_000 // 30  # the first batches' last records are 30 ms apart
    assert topic_sizes(FILES, [PARTITION]) == [TopicSize("orders", 1, 2, first + last, per_day)]


def test_a_topic_that_has_not_rolled_has_no_growth() -> None:
    contents = {path: data for path, data in partition(PARTITION).items() if f"{30:020}" not in path}
    (size,) = topic_sizes(BytesFiles(contents), [PARTITION])
    assert size.bytes_per_day is None
