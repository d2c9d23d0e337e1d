"""Fetch sessions: what is asked and told within one, and which of them stay (KIP-227)."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from broker.fetch.partitions import PartitionRead
from broker.fetch.sessions import EVICTABLE_AFTER_MS, LAST_EPOCH, FetchRound, FetchSessions, next_epoch
from broker.log.engine import EpochEndOffset
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic, ForgottenTopic
from broker.settings.broker import BrokerSettings
from tests.fakes.clock import VirtualClock

BY_NAME, BY_ID = 12, 13


class Sessions:
    """A cache with few slots, whose ids are 1, 2, 3, ..."""

    def __init__(self, slots: int = 2) -> None:
        values = {"max.incremental.fetch.session.cache.slots": str(slots)}
        self.clock = VirtualClock()
        self._random = 0
        self.cache = FetchSessions(BrokerSettings.from_values(values), self.clock, self._random_bytes)

    def begin(
        self,
        *topics: FetchTopic,
        session: tuple[int, int] = (0, 0),
        forgotten: Iterable[ForgottenTopic] = (),
        version: int = BY_NAME,
    ) -> FetchRound:
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=1,
            session_id=session[0],
            session_epoch=session[1],
            topics=list(topics),
            forgotten_topics_data=list(forgotten),
        )
        return self.cache.begin(request, version)

    def open(self, partitions: int = 1, topic: str = "t") -> int:
        """The id of a new session, 0 if it was refused."""
        fetch_round = self.begin(wanted(topic, *range(partitions)))
        return fetch_round.answer(quiet(fetch_round)).session_id

    def use(self, session_id: int, epoch: int, *topics: FetchTopic, **how: Any) -> FetchRound:
        fetch_round = self.begin(*topics, session=(session_id, epoch), **how)
        fetch_round.answer(quiet(fetch_round))
        return fetch_round

    def _random_bytes(self, count: int) -> bytes:
        self._random += 1
        return self._random.to_bytes(count, "big")


def wanted(topic: str | bytes, *partitions: int, offset: int = 0) -> FetchTopic:
    named: dict[str, Any] = {"topic": topic} if isinstance(topic, str) else {"topic_id": topic}
    return FetchTopic(
        partitions=[
            FetchPartition(partition=n, fetch_offset=offset, partition_max_bytes=100) for n in partitions
        ],
        **named,
    )


def quiet(fetch_round: FetchRound, **how: Any) -> list[PartitionRead]:
    """Of every partition there is nothing to tell but watermarks."""
    values = {"high_watermark": 5, "last_stable_offset": 5, "log_start_offset": 0, **how}
    return [PartitionRead(fetch, **values) for fetch in fetch_round.partitions.values()]


def named(fetch_round: FetchRound) -> list[tuple[str | bytes, int]]:
    return list(fetch_round.partitions)


def code_of(error: pytest.ExceptionInfo[KafkaError]) -> ErrorCode:
    return error.value.code


def test_a_fetch_outside_of_sessions_is_answered_in_full_and_leaves_nothing_behind() -> None:
    sessions = Sessions()
    fetch_round = sessions.begin(wanted("t", 0, 1), session=(0, -1))
    answered = fetch_round.answer(quiet(fetch_round))
    assert (answered.error, answered.session_id, len(answered.reads)) == (ErrorCode.NONE, 0, 2)
    assert len(sessions.cache) == 0


def test_a_full_fetch_opens_a_session_and_is_answered_in_full() -> None:
    sessions = Sessions()
    fetch_round = sessions.begin(wanted("t", 0, 1))
    answered = fetch_round.answer(quiet(fetch_round))
    assert (answered.session_id, len(answered.reads)) == (1, 2)
    assert len(sessions.cache) == 1


def test_an_incremental_fetch_covers_the_whole_session() -> None:
    sessions = Sessions()
    session_id = sessions.open(2)
    assert named(sessions.use(session_id, 1)) == [("t", 0), ("t", 1)]


def test_an_incremental_answer_leaves_out_what_is_known() -> None:
    sessions = Sessions()
    session_id = sessions.open(2)
    fetch_round = sessions.begin(session=(session_id, 1))
    answered = fetch_round.answer(quiet(fetch_round))
    assert (answered.error, answered.session_id, answered.reads) == (ErrorCode.NONE, session_id, [])


@pytest.mark.parametrize(
    "news",
    [
        {"high_watermark": 6},
        {"log_start_offset": 1},
        {"size_bytes": 10},
        {"error": ErrorCode.OFFSET_OUT_OF_RANGE},
        {"diverging": EpochEndOffset(1, 2)},
    ],
    ids=lambda news: next(iter(news)),
)
def test_an_incremental_answer_tells_news(news: dict[str, Any]) -> None:
    sessions = Sessions()
    session_id = sessions.open(2)
    fetch_round = sessions.begin(session=(session_id, 1))
    reads = quiet(fetch_round)
    reads[1] = reads[1]._replace(**news)
    assert fetch_round.answer(reads).reads == [reads[1]]


def test_a_partition_is_told_again_when_its_error_is_gone() -> None:
    sessions = Sessions()
    session_id = sessions.open()
    failing = sessions.begin(session=(session_id, 1))
    failing.answer(quiet(failing, error=ErrorCode.KAFKA_STORAGE_ERROR))
    healed = sessions.begin(session=(session_id, 2))
    assert len(healed.answer(quiet(healed)).reads) == 1


def test_partitions_join_move_and_leave_a_session() -> None:
    sessions = Sessions()
    session_id = sessions.open(2)
    fetch_round = sessions.use(
        session_id,
        1,
        wanted("u", 7),
        wanted("t", 1, offset=9),
        forgotten=[ForgottenTopic(topic="t", partitions=[0, 5])],
    )
    assert named(fetch_round) == [("t", 1), ("u", 7)]
    assert fetch_round.partitions["t", 1].asked.fetch_offset == 9


def test_a_partition_that_had_records_goes_to_the_end_of_the_line() -> None:
    sessions = Sessions()
    session_id = sessions.open(3)
    fetch_round = sessions.begin(session=(session_id, 1))
    reads = quiet(fetch_round)
    reads[0] = reads[0]._replace(size_bytes=10)
    reads[1] = reads[1]._replace(high_watermark=6)
    fetch_round.answer(reads)
    assert named(sessions.use(session_id, 2)) == [("t", 1), ("t", 2), ("t", 0)]


def test_topic_ids_name_the_partitions_of_a_session() -> None:
    sessions = Sessions()
    first, second = bytes([1]) * 16, bytes([2]) * 16
    opening = sessions.begin(wanted(first, 0), wanted(second, 0), version=BY_ID)
    session_id = opening.answer(quiet(opening, size_bytes=1)).session_id
    forgotten = [ForgottenTopic(topic_id=first, partitions=[0])]
    fetch_round = sessions.use(session_id, 1, forgotten=forgotten, version=BY_ID)
    assert named(fetch_round) == [(second, 0)]


def test_records_move_a_partition_by_id_to_the_end_too() -> None:
    sessions = Sessions()
    ids = [bytes([number]) * 16 for number in (1, 2)]
    opening = sessions.begin(*(wanted(each, 0) for each in ids), version=BY_ID)
    session_id = opening.answer(quiet(opening)).session_id
    fetch_round = sessions.begin(session=(session_id, 1), version=BY_ID)
    reads = quiet(fetch_round)
    fetch_round.answer([reads[0]._replace(size_bytes=1), reads[1]])
    assert named(sessions.use(session_id, 2, version=BY_ID)) == [(ids[1], 0), (ids[0], 0)]


@pytest.mark.parametrize("versions", [(BY_NAME, BY_ID), (BY_ID, BY_NAME)])
def test_a_session_is_not_used_by_names_and_by_ids(versions: tuple[int, int]) -> None:
    sessions = Sessions()
    opening = sessions.begin(wanted("t", 0), version=versions[0])
    session_id = opening.answer(quiet(opening)).session_id
    with pytest.raises(KafkaError) as error:
        sessions.begin(session=(session_id, 1), version=versions[1])
    assert code_of(error) is ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR


def test_an_unknown_session_is_refused() -> None:
    with pytest.raises(KafkaError) as error:
        Sessions().begin(session=(77, 1))
    assert code_of(error) is ErrorCode.FETCH_SESSION_ID_NOT_FOUND


@pytest.mark.parametrize("epoch", [2, 3, -7])
def test_an_epoch_that_is_not_the_next_is_refused(epoch: int) -> None:
    sessions = Sessions()
    session_id = sessions.open()
    with pytest.raises(KafkaError) as error:
        sessions.begin(session=(session_id, epoch))
    assert code_of(error) is ErrorCode.INVALID_FETCH_SESSION_EPOCH


def test_an_epoch_that_was_used_is_refused() -> None:
    sessions = Sessions()
    session_id = sessions.open()
    sessions.use(session_id, 1)
    with pytest.raises(KafkaError) as error:
        sessions.begin(session=(session_id, 1))
    assert code_of(error) is ErrorCode.INVALID_FETCH_SESSION_EPOCH


def test_a_fetch_that_was_overtaken_within_its_session_is_refused_when_it_is_answered() -> None:
    sessions = Sessions()
    session_id = sessions.open()
    waiting = sessions.begin(session=(session_id, 1))
    sessions.use(session_id, 2)
    answered = waiting.answer(quiet(waiting, size_bytes=5))
    assert answered == (ErrorCode.INVALID_FETCH_SESSION_EPOCH, session_id, [])


def test_epochs_begin_again_at_1() -> None:
    assert [next_epoch(epoch) for epoch in (0, 1, LAST_EPOCH - 1, LAST_EPOCH)] == [1, 2, LAST_EPOCH, 1]


def test_a_final_fetch_ends_its_session() -> None:
    sessions = Sessions()
    session_id = sessions.open()
    fetch_round = sessions.begin(wanted("t", 0), session=(session_id, -1))
    assert fetch_round.answer(quiet(fetch_round)).session_id == 0
    assert len(sessions.cache) == 0


def test_a_full_fetch_in_a_session_replaces_it_by_a_new_one() -> None:
    sessions = Sessions()
    session_id = sessions.open()
    fetch_round = sessions.begin(wanted("t", 0), session=(session_id, 0))
    assert fetch_round.answer(quiet(fetch_round)).session_id == session_id + 1
    assert len(sessions.cache) == 1


def test_a_session_ends_with_its_last_partition() -> None:
    sessions = Sessions()
    session_id = sessions.open()
    fetch_round = sessions.begin(
        session=(session_id, 1), forgotten=[ForgottenTopic(topic="t", partitions=[0])]
    )
    assert fetch_round.answer([]) == (ErrorCode.NONE, 0, [])
    assert len(sessions.cache) == 0


def test_of_a_partition_that_is_named_twice_the_last_word_counts() -> None:
    fetch_round = Sessions().begin(wanted("t", 0, 1), wanted("t", 0, offset=4))
    assert named(fetch_round) == [("t", 0), ("t", 1)]
    assert fetch_round.partitions["t", 0].asked.fetch_offset == 4


def test_an_id_is_taken_only_once_and_is_never_0() -> None:
    chosen = iter([0, 1 << 31, 5, 5, 6])
    sessions = FetchSessions(
        BrokerSettings(), VirtualClock(), lambda count: next(chosen).to_bytes(count, "big")
    )
    request = FetchRequest(
        max_wait_ms=0, min_bytes=1, session_epoch=0, topics=[wanted("t", 0)], forgotten_topics_data=[]
    )
    assert [sessions.begin(request, BY_NAME).answer([]).session_id for _ in range(2)] == [5, 6]


def test_without_slots_there_are_no_sessions() -> None:
    assert Sessions(slots=0).open() == 0


def test_a_full_cache_refuses_a_session_of_the_same_age_and_size() -> None:
    sessions = Sessions(slots=1)
    assert (sessions.open(5), sessions.open(9)) == (1, 0)


def test_a_session_that_was_unused_for_long_makes_room() -> None:
    sessions = Sessions(slots=2)
    first, second = sessions.open(5), sessions.open(5)
    sessions.clock.advance(EVICTABLE_AFTER_MS)
    assert sessions.open() == 0
    sessions.use(first, 1)
    sessions.clock.advance(1)
    assert sessions.open() == 3
    sessions.use(first, 2)
    with pytest.raises(KafkaError):
        sessions.use(second, 1)


def test_a_larger_session_takes_the_place_of_the_smallest_old_one() -> None:
    sessions = Sessions(slots=2)
    large, small = sessions.open(3), sessions.open(2)
    sessions.clock.advance(EVICTABLE_AFTER_MS + 1)
    sessions.use(large, 1)
    sessions.use(small, 1)
    assert sessions.open(2) == 0  # not larger
    assert sessions.open(4) == 3
    with pytest.raises(KafkaError):
        sessions.use(small, 2)
    sessions.use(large, 2)


def test_the_size_that_counts_is_that_of_the_last_fetch() -> None:
    sessions = Sessions(slots=1)
    session_id = sessions.open(1)
    sessions.clock.advance(EVICTABLE_AFTER_MS + 1)
    sessions.use(session_id, 1)
    sessions.use(session_id, 2, wanted("t", 1, 2, 3))
    assert sessions.open(3) == 0
    assert sessions.open(5) == 2


def test_a_young_session_is_not_pushed_out_however_small() -> None:
    sessions = Sessions(slots=1)
    session_id = sessions.open(1)
    sessions.clock.advance(EVICTABLE_AFTER_MS)
    sessions.use(session_id, 1)
    assert sessions.open(100) == 0


def test_a_session_that_ends_leaves_nothing_in_the_line_of_those_that_may_go() -> None:
    sessions = Sessions(slots=1)
    session_id = sessions.open(1)
    sessions.clock.advance(EVICTABLE_AFTER_MS + 1)
    sessions.use(session_id, 1)
    sessions.begin(session=(session_id, -1))
    second = sessions.open(1)
    assert second == 2
    assert sessions.open(50) == 0


SESSION_IS_LOST = {ErrorCode.FETCH_SESSION_ID_NOT_FOUND, ErrorCode.INVALID_FETCH_SESSION_EPOCH}
TOPICS = st.sampled_from(["a", "b"])
PARTITIONS = st.integers(0, 2)


class FetchingClient(RuleBasedStateMachine):
    """A client that believes what KIP-227 promises, against the sessions of a broker.

    Whatever happens, after each answer it knows each partition's watermark, log start and error.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sessions = Sessions(slots=1)
        self.broker: dict[tuple[str, int], dict[str, Any]] = {}
        self.positions: dict[tuple[str, int], int] = {}
        self.sent: dict[tuple[str, int], int] = {}  # what the broker knows of the positions
        self.known: dict[tuple[str, int], tuple[Any, ...]] = {}
        self.session = (0, 0)

    def state(self, name: tuple[str, int]) -> dict[str, Any]:
        fresh = {"high_watermark": 0, "log_start_offset": 0, "error": ErrorCode.NONE, "size_bytes": 0}
        return self.broker.setdefault(name, fresh)

    def told(self, name: tuple[str, int]) -> tuple[Any, ...]:
        state = self.state(name)
        if state["error"] is not ErrorCode.NONE:
            return -1, -1, state["error"]
        return state["high_watermark"], state["log_start_offset"], ErrorCode.NONE

    @rule(topic=TOPICS, partition=PARTITIONS, position=st.integers(0, 5))
    def want(self, topic: str, partition: int, position: int) -> None:
        self.positions[topic, partition] = position

    @rule(topic=TOPICS, partition=PARTITIONS)
    def give_up(self, topic: str, partition: int) -> None:
        self.positions.pop((topic, partition), None)

    @rule(
        topic=TOPICS,
        partition=PARTITIONS,
        high_watermark=st.integers(0, 3),
        log_start_offset=st.integers(0, 1),
        error=st.sampled_from([ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NOT_LEADER_OR_FOLLOWER]),
        size_bytes=st.sampled_from([0, 0, 10]),
    )
    def happens(self, topic: str, partition: int, **what: Any) -> None:
        self.state((topic, partition)).update(what)

    @rule()
    def another_client_takes_the_only_slot(self) -> None:
        self.sessions.clock.advance(EVICTABLE_AFTER_MS + 1)
        self.sessions.open(20, topic="other")

    @rule()
    def the_client_loses_count(self) -> None:
        if self.session[1] > 0:
            self.session = (self.session[0], self.session[1] + 5)

    @precondition(lambda self: self.positions)
    @rule()
    def fetch(self) -> None:
        session_id, epoch = self.session
        if epoch == 0:
            self.sent, self.known = {}, {}
        changed = [name for name, at in self.positions.items() if self.sent.get(name) != at]
        dropped = [name for name in self.sent if name not in self.positions]
        try:
            fetch_round = self.sessions.begin(
                *(wanted(topic, number, offset=self.positions[topic, number]) for topic, number in changed),
                session=self.session,
                forgotten=[ForgottenTopic(topic=topic, partitions=[number]) for topic, number in dropped],
            )
        except KafkaError as error:
            if error.code not in SESSION_IS_LOST:
                raise
            self.session = (session_id, 0)
            return
        assert {
            name: fetch.asked.fetch_offset for name, fetch in fetch_round.partitions.items()
        } == self.positions
        self.sent = dict(self.positions)
        for name in dropped:
            self.known.pop(name, None)
        self.take(fetch_round, is_full=epoch == 0)

    def take(self, fetch_round: FetchRound, *, is_full: bool) -> None:
        reads = []
        for name, fetch in fetch_round.partitions.items():
            high_watermark, log_start_offset, error = self.told(name)  # type: ignore[arg-type]
            size_bytes = 0 if error is not ErrorCode.NONE else self.state(name)["size_bytes"]  # type: ignore[arg-type]
            reads.append(
                PartitionRead(
                    fetch,
                    error,
                    high_watermark=high_watermark,
                    log_start_offset=log_start_offset,
                    size_bytes=size_bytes,
                )
            )
        answered = fetch_round.answer(reads)
        assert answered.error is ErrorCode.NONE
        told = {(read.fetch.topic, read.fetch.asked.partition): read for read in answered.reads}
        if is_full:
            assert set(told) == set(self.positions)
        for (topic, number), read in told.items():
            assert topic is not None
            self.known[topic, number] = read.high_watermark, read.log_start_offset, read.error
        assert {name: self.known[name] for name in self.positions} == {
            name: self.told(name) for name in self.positions
        }
        with_records = {
            name for name in self.positions if self.state(name)["size_bytes"] and not self.told(name)[2]
        }
        assert with_records <= set(told)
        self.session = (answered.session_id, 1 if is_full else next_epoch(self.session[1]))
        if answered.session_id == 0:
            self.session = (0, 0)

    @invariant()
    def the_sessions_stay_within_their_slots(self) -> None:
        assert len(self.sessions.cache) <= 1


TestFetchingClient = FetchingClient.TestCase
TestFetchingClient.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)
