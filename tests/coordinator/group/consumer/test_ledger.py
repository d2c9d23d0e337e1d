"""Every change is noted as a record, and the records alone make the same ledger again."""

from broker.coordinator.group.assignors import ASSIGNORS
from broker.coordinator.group.consumer.ledger import Ledger
from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.records import GroupEpochs, MemberRemoved, MemberTarget
from broker.coordinator.group.consumer.states import MemberState
from tests.coordinator.group.consumer.bench import Topics, topic_id

ORDERS = topic_id("orders")
ANN, BOB = (Member(name, topic_names=frozenset({"orders"})) for name in ("ann", "bob"))


def with_ann(topics: Topics) -> Ledger:
    ledger = Ledger("g", topics)
    ledger.put(ANN)
    ledger.refresh(has_changed=True)
    ledger.assign(ASSIGNORS["uniform"])
    return ledger


def test_what_has_not_changed_is_not_noted() -> None:
    ledger = with_ann(Topics(orders=2))
    ledger.take_records()
    ledger.put(ANN)
    ledger.refresh(has_changed=False)
    ledger.assign(ASSIGNORS["uniform"])
    assert [type(record) for record in ledger.take_records()] == [GroupEpochs], "targets are as they were"
    assert ledger.take_records() == ()


def test_a_group_epoch_begins_when_subscriptions_or_their_topics_change() -> None:
    topics = Topics(orders=2)
    ledger = with_ann(topics)
    topics.set("another", 1)
    ledger.refresh(has_changed=False)
    assert ledger.group_epoch == 2
    topics.set("orders", 3)
    ledger.refresh(has_changed=False)
    assert ledger.group_epoch == 3
    ledger.refresh(has_changed=True)
    assert ledger.group_epoch == 4


def test_a_member_comes_to_its_target_step_by_step_and_waits_for_others() -> None:
    ledger = with_ann(Topics(orders=2))
    ann = ledger.reconcile(ANN, {}, has_new_subscription=False)
    ledger.put(BOB)
    ledger.refresh(has_changed=True)
    ledger.assign(ASSIGNORS["uniform"])
    bob = ledger.reconcile(BOB, {}, has_new_subscription=False)
    assert bob.state is MemberState.UNRELEASED_PARTITIONS
    assert ledger.waits_for_others(bob)
    ledger.remove(ann)
    assert not ledger.waits_for_others(bob)
    assert ledger.target("ann") == {}


def test_a_replaced_member_leaves_its_target_to_the_new_one() -> None:
    ledger = with_ann(Topics(orders=2))
    ann = ledger.reconcile(ANN, {}, has_new_subscription=False)
    ledger.take_records()
    back = ann.under("again")
    ledger.replace(ann, back)
    target = {ORDERS: frozenset({0, 1})}
    assert ledger.take_records() == (MemberRemoved("ann"), back, MemberTarget("again", target))
    assert ledger.target("again") == target


def test_the_records_make_the_same_ledger_again() -> None:
    topics = Topics(orders=2)
    ledger = with_ann(topics)
    ledger.put(BOB._replace(topic_pattern="o.*", topic_names=frozenset()))
    ledger.refresh(has_changed=True)
    ledger.assign(ASSIGNORS["range"])
    ledger.remove(ANN)
    again = Ledger("g", topics)
    for record in ledger.take_records():
        again.replay(record)
    assert list(again.members) == list(ledger.members)
    assert (again.group_epoch, again.assignment_epoch) == (ledger.group_epoch, ledger.assignment_epoch)
    assert again.target("bob") == ledger.target("bob")
    assert again.all_topic_names() == {"orders"}
    again.refresh(has_changed=False)
    assert again.group_epoch == ledger.group_epoch, "the topics are as they were"
