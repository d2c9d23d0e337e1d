"""Offsets by partition, of groups and of logs."""

from broker.cli.group_offsets import Place, committed_offsets, log_offsets, places_with_leaders
from tests.cli.fake_admin import EARLIEST, LATEST, fake_admin


def test_committed_offsets_are_by_partition_and_only_those_that_are_there() -> None:
    admin = fake_admin()
    admin.committed["idle"]["t", 2] = -1
    assert committed_offsets(admin, "idle") == {Place("t", 0): 15, Place("gone", 0): 7}


def test_logs_are_asked_for_their_beginning_their_end_and_a_time() -> None:
    places = [Place("t", 0), Place("t", 2)]
    asked = [list(log_offsets(fake_admin(), places, spec).values()) for spec in (EARLIEST, LATEST, 500)]
    assert asked == [[10, 0], [20, 0], [11, -1]]


def test_nobody_is_asked_about_no_partition() -> None:
    silent = object()
    assert log_offsets(silent, [], LATEST) == {}
    assert places_with_leaders(silent, []) == set()


def test_a_topic_that_is_gone_has_no_partitions() -> None:
    assert places_with_leaders(fake_admin(), ["t", "gone", "t"]) == {
        Place("t", number) for number in range(3)
    }
