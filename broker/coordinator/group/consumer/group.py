"""A group by the consumer protocol: the broker assigns, and members follow by their heartbeats (KIP-848).

A heartbeat tells what a member wants and owns, and is answered with what it is to own. Nobody waits for
the others: who has to give partitions up does so in its own time, and who gets them is told when they
are free. Members that speak the classic protocol may be in it, too (`classic_members`).

What has to be found again after a restart is in the ledger; sessions and other deadlines begin anew
then. Methods check first: what raises KafkaError has changed nothing.

Follows the consumer half of Kafka's GroupMetadataManager.

Differences from Apache Kafka: a rebalance takes a second where Kafka's takes up to ten: members are told
to come every second, not every five, and ten times a second while they wait for others; a new assignment
is made at once, not once a second at most.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from broker.coordinator.deadlines import Deadlines
from broker.coordinator.group.assignors import ASSIGNORS, TopicPartitions
from broker.coordinator.group.consumer.admission import check_epoch, check_heartbeat, check_place
from broker.coordinator.group.consumer.ledger import Ledger
from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.messages import (
    JOINING,
    LEAVING,
    LEAVING_FOR_A_WHILE,
    DescribedConsumers,
    DescribedMember,
    Heartbeat,
    HeartbeatAnswer,
)
from broker.coordinator.group.consumer.partition_epochs import without_epochs
from broker.coordinator.group.consumer.records import ConsumerRecord
from broker.coordinator.group.consumer.states import GroupState, MemberState
from broker.coordinator.group.consumer.topic_shapes import TopicShapes, by_topic_name
from broker.coordinator.step import Reply, Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig

WAITING_INTERVAL_MS = 100
"""Between the heartbeats of a member that waits for what others are to give up."""

DEADLINES = ("session", "rebalance", "join", "sync")
"""To show up; to have given up what it was told to; what a member of the classic protocol has to do next."""


class Deadline(NamedTuple):
    """What a member has to have done by then; see `DEADLINES`."""

    kind: str
    member_id: str


class ConsumerGroup:
    """One group; it begins empty."""

    protocol_type = "consumer"

    def __init__(
        self,
        group_id: str,
        settings: BrokerSettings,
        *,
        topics: TopicShapes,
        config: Callable[[], GroupConfig],
        new_member_id: Callable[[str], str],
    ) -> None:
        """`config` is what is in force for the group; `new_member_id` makes an id out of a text."""
        self.group_id = group_id
        self.ledger = Ledger(group_id, topics)
        self.members = self.ledger.members
        self.deadlines: Deadlines[Deadline] = Deadlines()
        self.settings = settings
        self.topics = topics
        self.new_member_id = new_member_id
        self._config = config
        self._assigned_ms: int | None = None
        self._is_dead = False

    # What is asked of it.

    def heartbeat(self, asked: Heartbeat, *, waiter: Hashable, now_ms: int) -> Step:
        """ConsumerGroupHeartbeat. The answer is a `HeartbeatAnswer`.

        Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, UNRELEASED_INSTANCE_ID,
        FENCED_INSTANCE_ID, UNSUPPORTED_ASSIGNOR, INVALID_REGULAR_EXPRESSION, INVALID_REQUEST,
        GROUP_MAX_SIZE_REACHED, COORDINATOR_NOT_AVAILABLE.
        """
        self.refuse_dead()
        check_heartbeat(asked, self.settings.group_consumer_assignors)
        if asked.member_epoch in {LEAVING, LEAVING_FOR_A_WHILE}:
            return self._leave(asked, waiter)
        check_place(asked.member_id, asked.instance_id, self.members, self.settings.group_consumer_max_size)
        before = self._member_of(asked)
        if asked.topic_pattern is not None:
            self.ledger.patterns.check(asked.topic_pattern)
        if before.member_id != asked.member_id:
            back = before.under(asked.member_id)
            self.replace(before, back)
            before = back
        member = self.follow(before, before.told(asked), asked.owned, now_ms=now_ms)
        self._await_revocation(before, member, now_ms)
        self.deadlines.set(
            Deadline("session", member.member_id), now_ms + self._config().consumer_session_timeout_ms
        )
        tells_all = asked.member_epoch == JOINING or asked.is_full or member.assigned != before.assigned
        answer = HeartbeatAnswer(
            member.member_id,
            member.epoch,
            self._interval_ms(member),
            without_epochs(member.assigned) if tells_all else None,
        )
        return self.step(Reply(waiter, answer))

    def check_commit(
        self,
        member_id: str,
        epoch: int,
        partitions: Iterable[tuple[bytes, int]],
        *,
        knows_epochs: bool = True,
    ) -> None:
        """Whether these may commit offsets of these partitions (topic id, partition).

        `knows_epochs`: the request has a place for the member epoch.
        Raises: KafkaError: UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH, ILLEGAL_GENERATION (of a member of the
        classic protocol), UNSUPPORTED_VERSION, COORDINATOR_NOT_AVAILABLE.
        """
        self.refuse_dead()
        if epoch < 0 and not self.members:
            return
        member = self.members.validated(member_id, None)
        if member.classic is None and not knows_epochs:
            raise KafkaError(
                ErrorCode.UNSUPPORTED_VERSION, "Members of consumer groups commit by version 9 or later."
            )
        if epoch == member.epoch:
            return
        for topic_id, partition in partitions:
            since = member.owns_since(topic_id, partition)
            if epoch > member.epoch or since is None or epoch < since:
                raise _stale(member, epoch)

    def check_fetch(self, member_id: str | None, epoch: int) -> None:
        """Whether these may read offsets. Raises: KafkaError as `check_commit`."""
        if member_id is None and epoch < 0:
            return
        member = self.members.validated(member_id or "", None)
        if epoch != member.epoch:
            raise _stale(member, epoch)

    def check_deletion_of_offsets(self) -> None:
        """Of topics that nobody subscribes to they may always be deleted."""
        self.refuse_dead()

    def needs_offsets_of(self, topic: str) -> bool:
        """Whether a member subscribes to it."""
        return topic in self.ledger.all_topic_names()

    def describe(self) -> DescribedConsumers:
        assignor = self.members.preferred_assignor() or self.settings.group_consumer_assignors[0]
        return DescribedConsumers(
            self.state,
            self.ledger.group_epoch,
            self.ledger.assignment_epoch,
            assignor,
            [self._described(member) for member in self.members],
        )

    @property
    def state(self) -> GroupState:
        if self._is_dead:
            return GroupState.DEAD
        if not self.members:
            return GroupState.EMPTY
        if self.ledger.group_epoch > self.ledger.assignment_epoch:
            return GroupState.ASSIGNING
        if all(member.is_reconciled_to(self.ledger.assignment_epoch) for member in self.members):
            return GroupState.STABLE
        return GroupState.RECONCILING

    # Time, restarts, the end.

    @property
    def next_deadline_ms(self) -> int | None:
        """When to `tick` at the latest; None: not by itself."""
        return self.deadlines.next_ms

    def tick(self, now_ms: int) -> Step:
        """Who has not done in time what it had to is out."""
        for due in self.deadlines.take_due(now_ms):
            member = self.members.get(due.member_id)
            if member is not None and due not in self.deadlines:
                self.put_out(member)
        return self.step()

    def replay(self, record: ConsumerRecord, *, now_ms: int) -> None:
        """Be as the record says, as after a restart: sessions begin anew."""
        self.ledger.replay(record)
        if isinstance(record, Member):
            session_ms = self._config().consumer_session_timeout_ms
            if record.classic is not None:
                session_ms = record.classic.session_timeout_ms
            self.deadlines.set(Deadline("session", record.member_id), now_ms + session_ms)
            self._await_revocation(None, record, now_ms)

    def dissolve(self, error: KafkaError) -> Step:
        """It lives elsewhere, or no more. Nobody waits here."""
        self._is_dead = True
        self.members.clear()
        self.deadlines = Deadlines()
        return Step()

    @property
    def is_unused(self) -> bool:
        """Nobody is in it."""
        return not self.members

    # What both kinds of members have in common.

    def follow(self, before: Member, told: Member, owned: TopicPartitions | None, *, now_ms: int) -> Member:
        """A member has come with what it told, and follows the assignment, which may have to be renewed."""
        has_new_subscription = not told.subscribes_like(before)
        self.ledger.put(told)
        self.ledger.refresh(has_changed=has_new_subscription)
        self._assign_if_due(now_ms)
        return self.ledger.reconcile(told, owned, has_new_subscription=has_new_subscription)

    def replace(self, old: Member, new: Member) -> None:
        """A static member is back under another id."""
        self._forget_deadlines(old)
        self.ledger.replace(old, new)

    def put_out(self, member: Member) -> None:
        """It is a member no longer; the others get what it owned as they come."""
        self._forget_deadlines(member)
        self.ledger.remove(member)

    def refuse_dead(self) -> None:
        if self._is_dead:
            raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, f"{self.group_id} is gone.")

    def step(self, *replies: Reply) -> Step:
        """What has been done."""
        return Step(self.ledger.take_records(), replies)

    # Parts of a heartbeat.

    def _member_of(self, asked: Heartbeat) -> Member:
        """Who asks: a member, a new one, or the static one that it takes the place of."""
        is_joining = asked.member_epoch == JOINING
        static = self.members.with_instance_id(asked.instance_id)
        if is_joining and static is not None:
            if static.classic is None and not static.is_away:
                raise KafkaError(
                    ErrorCode.UNRELEASED_INSTANCE_ID,
                    f"Instance id {asked.instance_id} belongs to member {static.member_id}: it has not left.",
                )
            return static
        if is_joining:
            return self.members.get(asked.member_id) or Member(asked.member_id)
        member = self.members.validated(asked.member_id, asked.instance_id)
        check_epoch(member, asked)
        return member

    def _leave(self, asked: Heartbeat, waiter: Hashable) -> Step:
        member = self.members.validated(asked.member_id, asked.instance_id)
        if asked.member_epoch == LEAVING_FOR_A_WHILE:
            self.deadlines.cancel(Deadline("rebalance", member.member_id))
            self.ledger.put(member.away())
        else:
            self.put_out(member)
        return self.step(Reply(waiter, HeartbeatAnswer(member.member_id, asked.member_epoch, 0, None)))

    def _assign_if_due(self, now_ms: int) -> None:
        if self.ledger.assignment_epoch >= self.ledger.group_epoch:
            return
        interval_ms = self._config().consumer_assignment_interval_ms
        if self._assigned_ms is None or now_ms >= self._assigned_ms + interval_ms:
            asked_for = self.members.preferred_assignor() or self.settings.group_consumer_assignors[0]
            self.ledger.assign(ASSIGNORS[asked_for])
            self._assigned_ms = now_ms

    def _await_revocation(self, before: Member | None, member: Member, now_ms: int) -> None:
        """It has its rebalance timeout for giving up what it is told to."""
        if member.classic is not None or member == before:
            return
        deadline = Deadline("rebalance", member.member_id)
        if member.state is MemberState.UNREVOKED_PARTITIONS:
            self.deadlines.set(deadline, now_ms + member.rebalance_timeout_ms)
        else:
            self.deadlines.cancel(deadline)

    def _interval_ms(self, member: Member) -> int:
        """When to come again: soon, if something may become free for it."""
        interval_ms = self._config().consumer_heartbeat_interval_ms
        waits = member.state is MemberState.UNRELEASED_PARTITIONS
        return min(interval_ms, WAITING_INTERVAL_MS) if waits else interval_ms

    def _forget_deadlines(self, member: Member) -> None:
        for kind in DEADLINES:
            self.deadlines.cancel(Deadline(kind, member.member_id))

    def _described(self, member: Member) -> DescribedMember:
        owned = {
            topic_id: frozenset(member.assigned.get(topic_id, {})).union(member.revoking.get(topic_id, {}))
            for topic_id in member.assigned.keys() | member.revoking.keys()
        }
        return DescribedMember(
            member.member_id,
            member.instance_id,
            member.rack_id,
            member.epoch,
            member.client_id,
            member.client_host,
            sorted(member.topic_names),
            member.topic_pattern,
            by_topic_name(owned, self.topics),
            by_topic_name(self.ledger.target(member.member_id), self.topics),
            member.classic is not None,
        )


def _stale(member: Member, epoch: int) -> KafkaError:
    code = ErrorCode.STALE_MEMBER_EPOCH if member.classic is None else ErrorCode.ILLEGAL_GENERATION
    return KafkaError(
        code, f"Member {member.member_id} is in epoch {member.epoch}: {epoch} does not fit what it owns."
    )
