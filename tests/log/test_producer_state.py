"""Idempotence and open transactions, as one partition sees them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import Origin
from broker.log.producer_state import BatchMetadata, CompletedTransaction, ProducerState
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import MAX_SEQUENCE, BatchHeader
from broker.protocol.records.control import ControlType, EndTxnMarker

DAY_MS = 86_400_000


def batch(
    sequence: int,
    count: int = 1,
    *,
    offset: int = 0,
    producer_id: int = 1,
    epoch: int = 0,
    timestamp_ms: int = 1000,
    transactional: bool = False,
) -> BatchHeader:
    return BatchHeader(
        base_offset=offset,
        batch_length=100,
        partition_leader_epoch=0,
        magic=2,
        crc=0,
        attributes=0x10 if transactional else 0,
        last_offset_delta=count - 1,
        base_timestamp=timestamp_ms,
        max_timestamp=timestamp_ms,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
        record_count=count,
    )


def state_after(*headers: BatchHeader) -> ProducerState:
    state = ProducerState()
    for header in headers:
        state.update(header)
    return state


def refusal(state: ProducerState, header: BatchHeader, *, transaction_verified: bool = False) -> ErrorCode:
    with pytest.raises(KafkaError) as caught:
        state.check(header, transaction_verified=transaction_verified)
    return caught.value.code


def marker(
    control_type: ControlType = ControlType.COMMIT,
    *,
    offset: int,
    epoch: int = 0,
    coordinator_epoch: int = 0,
    producer_id: int = 1,
) -> tuple[BatchHeader, EndTxnMarker]:
    header = batch(-1, offset=offset, epoch=epoch, producer_id=producer_id, transactional=True)
    return header, EndTxnMarker(control_type, coordinator_epoch, offset, 5000)


def test_a_batch_without_producer_id_is_never_looked_at() -> None:
    state = state_after(batch(-1, producer_id=-1))
    assert state.check(batch(-1, producer_id=-1)) is None
    assert len(state) == 0


@pytest.mark.parametrize("sequence", [0, 7, MAX_SEQUENCE])
def test_an_unknown_producer_may_start_anywhere(sequence: int) -> None:
    assert ProducerState().check(batch(sequence)) is None


def test_the_next_sequence_is_accepted() -> None:
    assert state_after(batch(0, 10)).check(batch(10, 5)) is None


def test_a_gap_is_refused() -> None:
    assert refusal(state_after(batch(0, 10)), batch(11)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_a_repeated_batch_gets_its_first_offsets() -> None:
    state = state_after(batch(0, 10, offset=100, timestamp_ms=77), batch(10, 10, offset=200))
    assert state.check(batch(0, 10)) == BatchMetadata(0, 9, 100, 109, 77)


def test_only_five_batches_are_remembered() -> None:
    state = state_after(*(batch(n, offset=n) for n in range(6)))
    assert state.check(batch(1)) == BatchMetadata(1, 1, 1, 1, 1000)
    assert refusal(state, batch(0)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_an_overlap_that_is_no_repetition_is_refused() -> None:
    state = state_after(batch(0, 10), batch(10, 10))
    assert refusal(state, batch(0, 9)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert refusal(state, batch(5, 10)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_sequences_wrap_to_zero() -> None:
    state = state_after(batch(MAX_SEQUENCE - 1, 2, offset=10))
    assert state.check(batch(0)) is None
    assert refusal(state, batch(1)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_a_batch_across_the_wrap_is_recognised() -> None:
    state = state_after(batch(MAX_SEQUENCE, 3, offset=10))
    assert state.check(batch(MAX_SEQUENCE, 3)) == BatchMetadata(MAX_SEQUENCE, 1, 10, 12, 1000)
    assert state.check(batch(2)) is None


def test_a_lower_epoch_is_fenced() -> None:
    state = state_after(batch(0, epoch=5))
    assert refusal(state, batch(1, epoch=4)) is ErrorCode.INVALID_PRODUCER_EPOCH


def test_a_new_epoch_starts_at_zero() -> None:
    state = state_after(batch(0, 10, epoch=5))
    assert refusal(state, batch(10, epoch=6)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert state.check(batch(0, epoch=6)) is None


def test_a_new_epoch_forgets_the_old_batches() -> None:
    state = state_after(batch(0, 10, epoch=5), batch(0, 3, epoch=6))
    assert state.check(batch(3, epoch=6)) is None
    assert refusal(state, batch(0, 10, epoch=6)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_a_coordinators_batch_needs_no_sequence_but_its_epoch_counts() -> None:
    state = state_after(batch(0, 10, epoch=5))
    assert state.check(batch(-1, epoch=5), origin=Origin.COORDINATOR) is None
    with pytest.raises(KafkaError) as caught:
        state.check(batch(-1, epoch=4), origin=Origin.COORDINATOR)
    assert caught.value.code is ErrorCode.INVALID_PRODUCER_EPOCH


def test_producers_do_not_know_of_each_other() -> None:
    state = state_after(batch(0, 10, producer_id=1))
    assert state.check(batch(0, 10, producer_id=2)) is None


def test_idle_producers_expire() -> None:
    state = state_after(
        batch(0, producer_id=1, timestamp_ms=1000), batch(0, producer_id=2, timestamp_ms=2000)
    )
    assert state.remove_expired(now_ms=1999 + DAY_MS, expiration_ms=DAY_MS) == 1
    assert [producer.producer_id for producer in state.active_producers()] == [2]


def test_a_producer_with_an_open_transaction_does_not_expire() -> None:
    state = state_after(batch(0, transactional=True))
    assert state.remove_expired(now_ms=10 * DAY_MS, expiration_ms=DAY_MS) == 0


def test_describe_producers_sees_the_last_batch() -> None:
    state = state_after(batch(0, 10, epoch=3, timestamp_ms=50, offset=7, transactional=True))
    (producer,) = state.active_producers()
    assert producer == (1, 3, 9, 50, -1, 7)


def test_a_transactional_batch_needs_a_verified_or_an_open_transaction() -> None:
    state = ProducerState()
    assert refusal(state, batch(0, transactional=True)) is ErrorCode.INVALID_TXN_STATE
    assert state.check(batch(0, transactional=True), transaction_verified=True) is None
    state.update(batch(0, transactional=True))
    assert state.check(batch(1, transactional=True)) is None


def test_a_transaction_of_an_older_epoch_does_not_cover_a_batch() -> None:
    state = state_after(batch(0, transactional=True))
    assert refusal(state, batch(0, epoch=1, transactional=True)) is ErrorCode.INVALID_TXN_STATE


def test_a_plain_batch_within_a_transaction_is_refused() -> None:
    state = state_after(batch(0, transactional=True))
    assert refusal(state, batch(1)) is ErrorCode.INVALID_TXN_STATE


def test_the_first_unstable_offset_is_that_of_the_oldest_open_transaction() -> None:
    state = state_after(
        batch(0, offset=5, producer_id=1, transactional=True),
        batch(0, offset=8, producer_id=2, transactional=True),
        batch(1, offset=9, producer_id=1, transactional=True),
    )
    assert state.first_unstable_offset == 5
    assert state.end_transaction(
        *marker(ControlType.ABORT, offset=10, producer_id=1)
    ) == CompletedTransaction(
        producer_id=1, first_offset=5, last_offset=10, is_aborted=True, last_stable_offset=8
    )
    assert state.first_unstable_offset == 8
    assert state.end_transaction(*marker(offset=11, producer_id=2)) == CompletedTransaction(
        producer_id=2, first_offset=8, last_offset=11, is_aborted=False, last_stable_offset=12
    )
    assert state.first_unstable_offset is None


def test_a_marker_without_records_ends_nothing_but_is_remembered() -> None:
    state = ProducerState()
    assert state.end_transaction(*marker(offset=3, epoch=2, coordinator_epoch=9)) is None
    assert state.active_producers() == [(1, 2, -1, 5000, 9, -1)]


def test_after_a_marker_of_the_next_epoch_sequences_start_anew() -> None:
    """KIP-890: the marker itself raises the epoch."""
    state = state_after(batch(0, 5, transactional=True))
    state.end_transaction(*marker(offset=5, epoch=1))
    assert state.check(batch(0, epoch=1, transactional=True), transaction_verified=True) is None
    assert refusal(state, batch(5, epoch=1, transactional=True), transaction_verified=True) is (
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    )


def test_a_marker_of_a_past_coordinator_is_fenced() -> None:
    state = ProducerState()
    state.end_transaction(*marker(offset=0, coordinator_epoch=5))
    with pytest.raises(KafkaError) as caught:
        state.check_marker(*marker(offset=1, coordinator_epoch=4), transaction_version=0)
    assert caught.value.code is ErrorCode.TRANSACTION_COORDINATOR_FENCED


@pytest.mark.parametrize(
    ("epoch", "version", "refused"),
    [(5, 0, False), (4, 0, True), (6, 2, False), (5, 2, True), (4, 2, True)],
)
def test_a_markers_epoch_is_judged_by_the_transactions_version(
    epoch: int, version: int, refused: bool
) -> None:
    state = state_after(batch(0, epoch=5, transactional=True))
    if not refused:
        state.check_marker(*marker(offset=1, epoch=epoch), transaction_version=version)
        return
    with pytest.raises(KafkaError) as caught:
        state.check_marker(*marker(offset=1, epoch=epoch), transaction_version=version)
    assert caught.value.code is ErrorCode.INVALID_PRODUCER_EPOCH


def test_a_marker_that_is_sent_again_is_let_through() -> None:
    state = state_after(batch(0, epoch=5, transactional=True))
    state.end_transaction(*marker(offset=1, epoch=6))
    state.check_marker(*marker(offset=2, epoch=6), transaction_version=2)


def test_a_marker_for_an_unknown_producer_is_let_through() -> None:
    ProducerState().check_marker(*marker(offset=0), transaction_version=2)


def test_a_snapshot_keeps_the_last_batch_and_open_transactions() -> None:
    state = state_after(
        batch(0, 5, offset=10, producer_id=1),
        batch(5, 5, offset=20, producer_id=1),
        batch(0, offset=30, producer_id=3, transactional=True),
        batch(0, offset=31, producer_id=2, transactional=True),
    )
    loaded = ProducerState()
    loaded.load_snapshot(state.to_snapshot(), now_ms=2000, expiration_ms=DAY_MS)
    assert loaded.check(batch(5, 5)) == BatchMetadata(5, 9, 20, 24, 1000)
    assert loaded.check(batch(10)) is None
    assert refusal(loaded, batch(0, 5)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert loaded.first_unstable_offset == 30
    assert loaded.to_snapshot() == state.to_snapshot() or sorted(loaded.active_producers()) == sorted(
        state.active_producers()
    )


def test_older_batches_than_a_snapshots_are_looked_up_once_and_only_those_of_its_producers_and_epochs() -> (
    None
):
    sent = [batch(number, offset=number) for number in range(8)]
    loaded, asked = ProducerState(), list[None]()
    loaded.load_snapshot(state_after(*sent).to_snapshot(), now_ms=2000, expiration_ms=DAY_MS)

    def older() -> list[BatchHeader]:
        asked.append(None)
        strangers = [batch(5, offset=5, epoch=1), batch(5, offset=5, producer_id=2)]
        return [*sent[:6], *strangers, *sent[6:]]

    loaded.look_up_older(older)
    assert loaded.check(batch(7)) is not None
    assert loaded.check(batch(8)) is None
    assert not asked
    for number in range(3, 8):
        assert loaded.check(batch(number)) == BatchMetadata(number, number, number, number, 1000)
    assert refusal(loaded, batch(2)) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert loaded.check(batch(5, producer_id=2)) is None
    assert len(asked) == 1


def test_a_snapshot_of_a_batch_across_the_wrap_knows_its_first_sequence() -> None:
    loaded = ProducerState()
    loaded.load_snapshot(
        state_after(batch(MAX_SEQUENCE, 3, offset=10)).to_snapshot(), now_ms=0, expiration_ms=DAY_MS
    )
    assert loaded.check(batch(MAX_SEQUENCE, 3)) == BatchMetadata(MAX_SEQUENCE, 1, 10, 12, 1000)


def test_what_has_expired_is_not_loaded() -> None:
    loaded = ProducerState()
    loaded.load_snapshot(state_after(batch(0)).to_snapshot(), now_ms=1000 + DAY_MS, expiration_ms=DAY_MS)
    assert len(loaded) == 0


def test_a_damaged_snapshot_changes_nothing() -> None:
    state = state_after(batch(0, 5))
    with pytest.raises(CorruptFile):
        state.load_snapshot(b"\x00\x01damaged", now_ms=0, expiration_ms=DAY_MS)
    assert len(state) == 1


class NaiveProducers:
    """Every batch ever stored, searched from the start each time."""

    def __init__(self) -> None:
        self.stored: list[BatchHeader] = []

    def check(self, header: BatchHeader) -> str | int:
        mine = [one for one in self.stored if one.producer_id == header.producer_id]
        if not mine:
            return "accept"
        epoch = mine[-1].producer_epoch
        of_epoch: list[BatchHeader] = []
        for one in reversed(mine):
            if one.producer_epoch != epoch:
                break
            of_epoch.append(one)
        span = (header.producer_epoch, header.base_sequence, header.last_sequence)
        for one in of_epoch[:5]:
            if (one.producer_epoch, one.base_sequence, one.last_sequence) == span:
                return one.base_offset
        if header.producer_epoch < epoch:
            return ErrorCode.INVALID_PRODUCER_EPOCH.name
        last = of_epoch[0].last_sequence if header.producer_epoch == epoch else -1
        follows = 0 if last == MAX_SEQUENCE else last + 1
        return "accept" if header.base_sequence == follows else ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.name


class ProducerStateMachine(RuleBasedStateMachine):
    """Producers send in order, repeat, skip and change epochs; both sides must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ProducerState()
        self.naive = NaiveProducers()
        self.next_offset = 0

    @rule(
        producer_id=st.integers(0, 2),
        epoch=st.integers(0, 2),
        sequence=st.integers(0, 6) | st.integers(MAX_SEQUENCE - 2, MAX_SEQUENCE),
        count=st.integers(1, 3),
    )
    def send(self, producer_id: int, epoch: int, sequence: int, count: int) -> None:
        self.append(batch(sequence, count, producer_id=producer_id, epoch=epoch))

    @rule(producer_id=st.integers(0, 2), count=st.integers(1, 3))
    def send_in_order(self, producer_id: int, count: int) -> None:
        mine = [one for one in self.naive.stored if one.producer_id == producer_id]
        if mine:
            last = mine[-1]
            sequence = 0 if last.last_sequence == MAX_SEQUENCE else last.last_sequence + 1
            self.append(batch(sequence, count, producer_id=producer_id, epoch=last.producer_epoch))

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        if self.naive.stored:
            self.append(data.draw(st.sampled_from(self.naive.stored[-12:])))

    def append(self, header: BatchHeader) -> None:
        expected = self.naive.check(header)
        assert self.answer(header) == expected
        if expected != "accept":
            return
        stored = header._replace(base_offset=self.next_offset)
        self.next_offset = stored.next_offset
        self.state.update(stored)
        self.naive.stored.append(stored)

    def answer(self, header: BatchHeader) -> str | int:
        try:
            duplicate = self.state.check(header)
        except KafkaError as error:
            return error.code.name
        return "accept" if duplicate is None else duplicate.first_offset

    @invariant()
    def both_know_the_same_producers(self) -> None:
        known = {producer.producer_id for producer in self.state.active_producers()}
        assert known == {header.producer_id for header in self.naive.stored}


TestProducerStateAgainstModel = ProducerStateMachine.TestCase
TestProducerStateAgainstModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=30))
def test_a_snapshot_accepts_and_refuses_what_the_state_did(sent: list[tuple[int, int]]) -> None:
    state, offset, following = ProducerState(), 0, dict.fromkeys(range(4), 0)
    for producer_id, count in sent:
        state.update(batch(following[producer_id], count, offset=offset, producer_id=producer_id))
        offset += count
        following[producer_id] += count
    loaded = ProducerState()
    loaded.load_snapshot(state.to_snapshot(), now_ms=0, expiration_ms=DAY_MS)
    for producer_id, sequence in following.items():
        assert loaded.check(batch(sequence, producer_id=producer_id)) is None
