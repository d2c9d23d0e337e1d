"""A group by the classic protocol: members join, the leader assigns, all sync, then they heartbeat.

A rebalance begins when somebody joins, leaves or fails, and ends when all that are left have joined
again or their time is up. Joins and syncs wait; who waits is a token of the caller's, and is answered
in some later step, once. What has to be found again after a restart is one record of the whole group,
made whenever it has become stable or empty: members go on then without joining again.

Methods check first: what raises KafkaError has changed nothing. They change the group at once; if a
step's records cannot be kept, the group is to be thrown away and loaded again.

Follows Kafka's ClassicGroup and the classic half of GroupMetadataManager (KIP-62, 345, 394, 814).

Differences from Apache Kafka: of protocols with as many votes the one that the oldest member named
first wins; a member that joins or syncs a second time while it still waits is answered
REBALANCE_IN_PROGRESS the first time.
"""

from collections.abc import Callable, Hashable
from typing import NamedTuple

from broker.coordinator.deadlines import Deadlines
from broker.coordinator.group.classic.admission import MOST_PENDING, check_admission
from broker.coordinator.group.classic.initial_delay import InitialDelay
from broker.coordinator.group.classic.member import Member
from broker.coordinator.group.classic.members import Members
from broker.coordinator.group.classic.messages import Described, GroupRecord, Join, Joined, Sync, Synced
from broker.coordinator.group.classic.protocols import CONSUMER, select, subscribed_topics
from broker.coordinator.group.classic.states import NEXT, State
from broker.coordinator.step import Reply, Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings

NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000
"""How long a new member that waits for the others is kept; its client shows no other sign of life."""

UNKNOWN = ""


class Deadline(NamedTuple):
    """`kind` "join" and "sync" end these phases; "member" and "pending" are sessions."""

    kind: str
    member_id: str = ""


JOIN, SYNC = Deadline("join"), Deadline("sync")


class ClassicGroup:
    """One group; it begins empty."""

    def __init__(self, group_id: str, settings: BrokerSettings, new_member_id: Callable[[str], str]) -> None:
        """`new_member_id` makes an id out of a client's id or an instance id."""
        self.group_id = group_id
        self.state = State.EMPTY
        self.protocol_type: str | None = None
        self.protocol_name: str | None = None
        self.generation_id = 0
        self.leader: str | None = None
        self._settings = settings
        self._new_member_id = new_member_id
        self._members = Members(group_id)
        self._pending: set[str] = set()  # ids that were given out and have not joined yet
        self._unsynced: set[str] = set()
        self._deadlines: Deadlines[Deadline] = Deadlines()
        self._delay = InitialDelay()
        self._records: list[GroupRecord] = []
        self._replies: list[Reply] = []

    # What is asked of it.

    def join(self, asked: Join, *, waiter: Hashable, now_ms: int) -> Step:
        """JoinGroup. The answer is a `Joined`.

        The session has passed `check_session`. Raises: KafkaError: INCONSISTENT_GROUP_PROTOCOL,
        UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED, COORDINATOR_NOT_AVAILABLE.
        """
        self._refuse_dead()
        try:
            check_admission(asked, self._members, self.state, self.protocol_type, self._settings)
        except KafkaError:
            self._pending.discard(asked.member_id)
            raise
        if asked.member_id == UNKNOWN:
            self._join_new(asked, waiter, now_ms)
        elif asked.member_id in self._pending:
            self._add(asked.member_id, asked, waiter, now_ms)
        else:
            member = self._members.validated(asked.member_id, asked.instance_id)
            self._join_again(member, asked, waiter, now_ms)
        return self._step()

    def sync(self, asked: Sync, *, waiter: Hashable, now_ms: int) -> Step:
        """SyncGroup. The answer is a `Synced`.

        Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
        INCONSISTENT_GROUP_PROTOCOL, REBALANCE_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE.
        """
        self._refuse_dead()
        member = self._members.validated(asked.member_id, asked.instance_id)
        self._check_generation(asked.generation_id)
        same_type, same_name = {None, self.protocol_type}, {None, self.protocol_name}
        if asked.protocol_type not in same_type or asked.protocol_name not in same_name:
            by = f"{self.protocol_type}/{self.protocol_name}"
            raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f"{self.group_id} assigns by {by}.")
        if self.state is State.PREPARING_REBALANCE:
            raise self._rebalancing()
        self._unsynced.discard(member.member_id)
        self._prolong(member, now_ms)
        self._supersede(member)
        member.sync_waiter = waiter
        if self.state is State.STABLE:
            self._answer_sync(member)
        elif member.member_id == self.leader:
            self._assign(asked.assignments, now_ms)
        return self._step()

    def heartbeat(self, member_id: str, instance_id: str | None, generation_id: int, *, now_ms: int) -> None:
        """Heartbeat.

        Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
        REBALANCE_IN_PROGRESS (the member is alive all the same), COORDINATOR_NOT_AVAILABLE.
        """
        self._refuse_dead()
        member = self._members.validated(member_id, instance_id)
        self._check_generation(generation_id)
        self._prolong(member, now_ms)
        if self.state is State.PREPARING_REBALANCE:
            raise self._rebalancing()

    def leave(self, member_id: str, instance_id: str | None, *, now_ms: int) -> Step:
        """One member of a LeaveGroup; a static one may be named by its instance id alone.

        Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, COORDINATOR_NOT_AVAILABLE.
        """
        self._refuse_dead()
        if member_id in self._pending:
            self._forget_pending(member_id, now_ms)
            return self._step()
        static = self._members.with_instance_id(instance_id)
        if member_id == UNKNOWN and static is not None:
            member_id = static.member_id
        self._drop(self._members.validated(member_id, instance_id), now_ms)
        return self._step()

    def describe(self) -> Described:
        is_stable = self.state is State.STABLE
        shown = self.protocol_name if is_stable else None
        return Described(
            self.state,
            self.protocol_type or "",
            shown or "",
            tuple(member.described(shown) for member in self._members),
        )

    def check_commit(
        self, member_id: str, instance_id: str | None, generation_id: int, *, now_ms: int
    ) -> None:
        """Whether these may commit offsets; a member lives on by it.

        Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
        REBALANCE_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE.
        """
        self._refuse_dead()
        if generation_id < 0 and self.state is State.EMPTY:
            return
        if generation_id < 0 and member_id == UNKNOWN and instance_id is None:
            raise KafkaError(
                ErrorCode.UNKNOWN_MEMBER_ID, f"{self.group_id} has members: only they may commit."
            )
        member = self._members.validated(member_id, instance_id)
        self._check_generation(generation_id)
        if self.state is State.COMPLETING_REBALANCE:
            raise self._rebalancing()
        self._prolong(member, now_ms)

    def check_deletion_of_offsets(self) -> None:
        """Raises: KafkaError: NON_EMPTY_GROUP (members that are no consumers), GROUP_ID_NOT_FOUND."""
        if self.state is State.DEAD:
            raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"{self.group_id} is gone.")
        if self._members and self.protocol_type != CONSUMER:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP, f"{self.group_id} has members.")

    def needs_offsets_of(self, topic: str) -> bool:
        """Whether a member may come back to them. Who is no consumer, or cannot be understood, may."""
        if not self._members:
            return False
        if self.protocol_type != CONSUMER:
            return True
        topics = subscribed_topics(each.metadata_for(self.protocol_name) for each in self._members)
        return topics is None or topic in topics

    # Time, restarts, the end.

    @property
    def next_deadline_ms(self) -> int | None:
        """When to `tick` at the latest; None: not by itself."""
        return self._deadlines.next_ms

    def tick(self, now_ms: int) -> Step:
        """What is due happens."""
        for due in self._deadlines.take_due(now_ms):
            kind, member_id = due
            if due in self._deadlines:
                continue  # what was due before it has moved it
            if kind == "join":
                self._join_time_is_up(now_ms)
            elif kind == "sync":
                self._sync_time_is_up(now_ms)
            elif kind == "pending":
                self._forget_pending(member_id, now_ms)
            else:
                self._session_ends(member_id, now_ms)
        return self._step()

    def replay(self, record: GroupRecord, *, now_ms: int) -> None:
        """Be as the record says, as after a restart: sessions begin anew."""
        self.protocol_type, self.generation_id, self.protocol_name, self.leader, members = record
        for stored in members:
            member = Member(stored)
            self._members.add(member)
            self._prolong(member, now_ms)
        self.state = State.STABLE if members else State.EMPTY

    def dissolve(self, error: KafkaError) -> Step:
        """It lives elsewhere, or no more: whoever waits is told."""
        for member in self._members:
            self._supersede(member, error)
        self._members.clear()
        self._enter(State.DEAD)
        self._deadlines = Deadlines()
        return self._step()

    @property
    def is_unused(self) -> bool:
        """Nobody is in it, or about to come."""
        return self.state is State.EMPTY and not self._pending

    # Joining.

    def _join_new(self, asked: Join, waiter: Hashable, now_ms: int) -> None:
        instance_id = asked.instance_id
        member_id = self._new_member_id(asked.client_id if instance_id is None else instance_id)
        static = self._members.with_instance_id(instance_id)
        if static is not None:
            self._replace(static, member_id, asked, waiter, now_ms)
        elif instance_id is None and asked.needs_known_id:
            if len(self._pending) >= MOST_PENDING:
                raise KafkaError(ErrorCode.GROUP_MAX_SIZE_REACHED, "Too many are about to join.")
            self._pending.add(member_id)
            self._deadlines.set(Deadline("pending", member_id), now_ms + asked.session_timeout_ms)
            self._replies.append(Reply(waiter, Joined(member_id, ErrorCode.MEMBER_ID_REQUIRED)))
        else:
            self._add(member_id, asked, waiter, now_ms)

    def _add(self, member_id: str, asked: Join, waiter: Hashable, now_ms: int) -> None:
        member = Member.joining(member_id, asked)
        if not self._members:
            self.protocol_type = asked.protocol_type
        member.is_new = True
        member.join_waiter = waiter
        self._members.add(member)
        self._pending.discard(member_id)
        self._deadlines.cancel(Deadline("pending", member_id))
        self._deadlines.set(Deadline("member", member_id), now_ms + NEW_MEMBER_JOIN_TIMEOUT_MS)
        self._delay.note_newcomer()
        self.rebalance(now_ms)

    def _join_again(self, member: Member, asked: Join, waiter: Hashable, now_ms: int) -> None:
        is_same = member.protocols == asked.protocols
        if self.state is State.STABLE:
            must_rebalance = not is_same or member.member_id == self.leader
        else:  # a member that has missed the answer asks for it again
            must_rebalance = not is_same or self.state is State.PREPARING_REBALANCE
        self._prolong(member, now_ms)
        if not must_rebalance:
            self._replies.append(Reply(waiter, self._joined(member)))
            return
        self._supersede(member)
        member.update(asked)
        member.join_waiter = waiter
        self.rebalance(now_ms)

    def _replace(self, old: Member, member_id: str, asked: Join, waiter: Hashable, now_ms: int) -> None:
        """A static member is back under a new id (KIP-345); the old one is fenced."""
        fenced = KafkaError(
            ErrorCode.FENCED_INSTANCE_ID, f"Another member has come with instance id {asked.instance_id}."
        )
        self._supersede(old, fenced)
        self._members.remove(old)
        self._deadlines.cancel(Deadline("member", old.member_id))
        self._unsynced.discard(old.member_id)
        member = Member.joining(member_id, asked)
        member.assignment = old.assignment
        self._members.add(member)
        leader_before = self.leader
        if self.leader == old.member_id:
            self.leader = member_id
        self._prolong(member, now_ms)
        if self.state is State.STABLE and select(self._members.offers) == self.protocol_name:
            self._records.append(self.record())
            self._replies.append(Reply(waiter, self._come_back(member, leader_before, asked)))
            return
        member.join_waiter = waiter
        self.rebalance(now_ms)

    def _come_back(self, member: Member, leader_before: str | None, asked: Join) -> Joined:
        """Without a rebalance. A leader that knows KIP-814 is told not to assign; an older one that
        somebody else leads, so that it does not."""
        if asked.may_skip:
            return self._joined(member)._replace(skip_assignment=member.member_id == self.leader)
        return self._joined(member)._replace(leader=leader_before or "", members=())

    def rebalance(self, now_ms: int) -> None:
        """Begin one; if one has begun already, see whether all have joined."""
        if self.state is State.PREPARING_REBALANCE:
            self._complete_join_if_all_are_there(now_ms)
            return
        for member in self._members:
            if member.sync_waiter is not None:
                self._supersede(member)
                self._prolong(member, now_ms)
        self._unsynced.clear()
        self._deadlines.cancel(SYNC)
        most_ms = self._members.rebalance_timeout_ms
        wait_ms = None
        if self.state is State.EMPTY:
            delay_ms = self._settings.group_initial_rebalance_delay_ms
            wait_ms = self._delay.begin(delay_ms=delay_ms, rebalance_timeout_ms=most_ms)
        self._enter(State.PREPARING_REBALANCE)
        self._deadlines.set(JOIN, now_ms + (most_ms if wait_ms is None else wait_ms))
        self._complete_join_if_all_are_there(now_ms)

    def _complete_join_if_all_are_there(self, now_ms: int) -> None:
        if self.state is not State.PREPARING_REBALANCE or self._delay.is_on or self._pending:
            return
        if len(self._members.joined) == len(self._members):
            self._complete_join(now_ms)

    def _join_time_is_up(self, now_ms: int) -> None:
        if self.state is not State.PREPARING_REBALANCE:
            return
        wait_ms = self._delay.again()
        if wait_ms is None:
            self._complete_join(now_ms)
        else:
            self._deadlines.set(JOIN, now_ms + wait_ms)

    def _complete_join(self, now_ms: int) -> None:
        """All have joined, or the time is up: dynamic members that have not are out."""
        self._delay.end()
        self._deadlines.cancel(JOIN)
        for member in self._members:
            if member.join_waiter is None and member.instance_id is None:
                self._remove(member)
        if self._members and not self._elect():  # only static members that are away
            self._deadlines.set(JOIN, now_ms + self._members.rebalance_timeout_ms)
            return
        self.generation_id += 1
        if not self._members:
            self.protocol_name = self.leader = None
            self._enter(State.EMPTY)
            self._records.append(self.record())
            return
        self.protocol_name = select(self._members.offers)
        self._enter(State.COMPLETING_REBALANCE)
        self._deadlines.set(SYNC, now_ms + self._members.rebalance_timeout_ms)
        for member in self._members:
            self._unsynced.add(member.member_id)
            member.is_new = False
            self._prolong(member, now_ms)
            if member.join_waiter is not None:
                self._replies.append(Reply(member.join_waiter, self._joined(member)))
                member.join_waiter = None

    def _elect(self) -> bool:
        """A leader that has joined; whether there is one."""
        joined = self._members.joined
        if joined and self._members.get(self.leader) not in joined:
            self.leader = joined[0].member_id
        return bool(joined)

    def _joined(self, member: Member) -> Joined:
        leads = member.member_id == self.leader
        return Joined(
            member.member_id,
            generation_id=self.generation_id,
            protocol_type=self.protocol_type,
            protocol_name=self.protocol_name,
            leader=self.leader or "",
            members=tuple(each.joined(self.protocol_name) for each in self._members) if leads else (),
        )

    # Syncing.

    def _assign(self, assignments: dict[str, bytes], now_ms: int) -> None:
        """The leader has told who gets what."""
        for member in self._members:
            member.assignment = assignments.get(member.member_id, b"")
        self._enter(State.STABLE)
        self._records.append(self.record())
        for member in self._members:
            if member.sync_waiter is not None:
                self._prolong(member, now_ms)
                self._answer_sync(member)
        if not self._unsynced:
            self._deadlines.cancel(SYNC)

    def _answer_sync(self, member: Member) -> None:
        answer = Synced(self.protocol_type, self.protocol_name, member.assignment)
        self._replies.append(Reply(member.sync_waiter, answer))
        member.sync_waiter = None
        if not self._unsynced:
            self._deadlines.cancel(SYNC)

    def _sync_time_is_up(self, now_ms: int) -> None:
        """Who has not synced is out."""
        late = [member for member in self._members if member.member_id in self._unsynced]
        self._unsynced.clear()
        for member in late:
            self._remove(member)
        if late:
            self.rebalance(now_ms)

    # Members that go.

    def _session_ends(self, member_id: str, now_ms: int) -> None:
        member = self._members.get(member_id)
        if member is None:  # it has gone with another one that was due
            return
        if member.is_waiting and not member.is_new:  # it is our turn
            self._prolong(member, now_ms)
        else:
            self._drop(member, now_ms)

    def _drop(self, member: Member, now_ms: int) -> None:
        self._remove(member)
        self.rebalance(now_ms)

    def _remove(self, member: Member) -> None:
        gone = KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"{member.member_id} is no member any more.")
        self._supersede(member, gone)
        self._members.remove(member)
        self._unsynced.discard(member.member_id)
        self._deadlines.cancel(Deadline("member", member.member_id))
        if self.leader == member.member_id:
            first = next(iter(self._members), None)
            self.leader = None if first is None else first.member_id

    def _forget_pending(self, member_id: str, now_ms: int) -> None:
        self._pending.discard(member_id)
        self._deadlines.cancel(Deadline("pending", member_id))
        self._complete_join_if_all_are_there(now_ms)

    def _supersede(self, member: Member, error: KafkaError | None = None) -> None:
        """Whoever still waits for this member is told."""
        for waiter in (member.join_waiter, member.sync_waiter):
            if waiter is not None:
                self._replies.append(Reply(waiter, error or self._rebalancing()))
        member.join_waiter = member.sync_waiter = None

    # Checks and small things.

    def _refuse_dead(self) -> None:
        if self.state is State.DEAD:
            raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, f"{self.group_id} is gone.")

    def _check_generation(self, generation_id: int) -> None:
        if generation_id != self.generation_id:
            raise KafkaError(
                ErrorCode.ILLEGAL_GENERATION,
                f"{self.group_id} is in generation {self.generation_id}, not {generation_id}.",
            )

    def _rebalancing(self) -> KafkaError:
        return KafkaError(ErrorCode.REBALANCE_IN_PROGRESS, f"{self.group_id} rebalances.")

    def _prolong(self, member: Member, now_ms: int) -> None:
        """It has shown that it lives."""
        self._deadlines.set(Deadline("member", member.member_id), now_ms + member.session_timeout_ms)

    def record(self) -> GroupRecord:
        return GroupRecord(
            self.protocol_type,
            self.generation_id,
            self.protocol_name,
            self.leader,
            tuple(member.stored() for member in self._members),
        )

    def _enter(self, state: State) -> None:
        assert state in NEXT[self.state], f"{self.state} does not lead to {state}"
        self.state = state

    def _step(self) -> Step:
        step = Step(tuple(self._records), tuple(self._replies))
        self._records.clear()
        self._replies.clear()
        return step
