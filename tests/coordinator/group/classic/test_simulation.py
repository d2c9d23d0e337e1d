"""Many members that join, die, pause, leave and commit, on a clock of their own, from one seed.

Whatever happens: a generation has one leader and never comes back, every request is answered once, who
is not of the generation cannot commit, and when all are quiet the group is stable and all know their part.
"""

from contextlib import suppress
from random import Random

import pytest

from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import GroupRecord, Join, Joined, Protocol, Sync, Synced
from broker.coordinator.group.classic.states import State
from broker.coordinator.step import Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings

SESSION_MS, REBALANCE_MS, BEAT_MS = 6_000, 10_000, 2_000


class Client:
    """A member's side of the protocol, as stock clients have it."""

    def __init__(self, name: str, *, is_static: bool) -> None:
        self.name = name
        self.instance_id = name if is_static else None
        self.member_id = ""
        self.generation_id = -1
        self.joined: Joined | None = None
        self.assignment: bytes | None = None
        self.waits_for: int | None = None  # the number of the request that is not answered yet
        self.is_dead = self.is_paused = False
        self.next_beat_ms = 0


class World:
    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        delay = self.chance.choice(["0", "3000"])
        self.settings = BrokerSettings.from_values({"group.initial.rebalance.delay.ms": delay})
        self.group = ClassicGroup("g", self.settings, self._new_id)
        self.now_ms = 0
        self.ids = 0
        self.requests = 0
        self.waiting: dict[int, tuple[Client, str]] = {}
        self.leaders: dict[int, str] = {}
        self.records: list[GroupRecord] = []
        self.generation_id = 0
        self.clients: list[Client] = []

    def _new_id(self, prefix: str) -> str:
        self.ids += 1
        return f"{prefix}/{self.ids}"

    def act(self, client: Client) -> None:
        """What a client does next: join, or show that it lives."""
        if client.waits_for is not None:
            return
        if client.generation_id < 0:
            self.join(client)
        elif client.assignment is None:
            self.sync(client)
        elif self.now_ms >= client.next_beat_ms:
            client.next_beat_ms = self.now_ms + BEAT_MS
            try:
                if self.chance.random() < 0.3:
                    self.group.check_commit(*self._who(client), now_ms=self.now_ms)
                    assert client.generation_id == self.group.generation_id, "a stale member may commit"
                else:
                    self.group.heartbeat(*self._who(client), now_ms=self.now_ms)
            except KafkaError as error:
                self.failed(client, error.code)

    def _who(self, client: Client) -> tuple[str, str | None, int]:
        return client.member_id, client.instance_id, client.generation_id

    def join(self, client: Client) -> None:
        number = self.ask(client, "join")
        offered = (Protocol("range", b"r"), Protocol("sticky", b"s"))
        asked = Join(
            client.member_id,
            client.instance_id,
            client.name,
            "/h",
            SESSION_MS,
            REBALANCE_MS,
            "consumer",
            offered,
            True,
            True,
        )
        try:
            self.take(self.group.join(asked, waiter=number, now_ms=self.now_ms))
        except KafkaError as error:
            self.answered(number, error)

    def sync(self, client: Client) -> None:
        assert client.joined is not None
        number = self.ask(client, "sync")
        parts = {member.member_id: b"%d" % index for index, member in enumerate(client.joined.members)}
        asked = Sync(client.member_id, client.instance_id, client.generation_id, "consumer", None, parts)
        try:
            self.take(self.group.sync(asked, waiter=number, now_ms=self.now_ms))
        except KafkaError as error:
            self.answered(number, error)

    def ask(self, client: Client, what: str) -> int:
        self.requests += 1
        self.waiting[self.requests] = (client, what)
        client.waits_for = self.requests
        return self.requests

    def take(self, step: Step) -> None:
        for record in step.records:
            assert isinstance(record, GroupRecord)
            self.records.append(record)
        assert self.group.generation_id >= self.generation_id, "a generation comes back"
        self.generation_id = self.group.generation_id
        for number, answer in step.replies:
            assert isinstance(number, int)
            self.answered(number, answer)

    def answered(self, number: int, answer: object) -> None:
        client, _ = self.waiting.pop(number)  # a KeyError: it was answered before
        if client.is_dead or client.waits_for != number:
            return
        client.waits_for = None
        if isinstance(answer, KafkaError):
            self.failed(client, answer.code)
        elif isinstance(answer, Synced):
            client.assignment = answer.assignment
        else:
            assert isinstance(answer, Joined)
            self.joined(client, answer)

    def joined(self, client: Client, joined: Joined) -> None:
        client.member_id = joined.member_id
        if joined.error is ErrorCode.MEMBER_ID_REQUIRED:
            return
        assert joined.leader, "a generation without a leader"
        if joined.members:
            assert joined.leader == client.member_id
            first = self.leaders.setdefault(joined.generation_id, client.name)
            assert first == client.name, "two leaders in one generation"
        client.generation_id, client.assignment, client.joined = joined.generation_id, None, joined
        if not client.is_paused:
            self.sync(client)

    def failed(self, client: Client, code: ErrorCode) -> None:
        if code in {ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_INSTANCE_ID}:
            client.member_id = ""
        client.generation_id, client.assignment = -1, None

    def pass_time(self, milliseconds: int) -> None:
        end_ms = self.now_ms + milliseconds
        while (due_ms := self.group.next_deadline_ms) is not None and due_ms <= end_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.take(self.group.tick(self.now_ms))
        self.now_ms = end_ms

    def disturb(self) -> None:
        """Something happens that clients do not want, or somebody comes."""
        chance = self.chance.random()
        alive = [client for client in self.clients if not client.is_dead]
        if chance < 0.35 and len(alive) < 8:
            self.clients.append(Client(f"c{len(self.clients)}", is_static=self.chance.random() < 0.3))
        elif not alive:
            return
        elif chance < 0.5:
            self.kill(self.chance.choice(alive))
        elif chance < 0.6:
            self.leave(self.chance.choice(alive))
        elif chance < 0.75:
            client = self.chance.choice(alive)
            client.is_paused = not client.is_paused

    def kill(self, client: Client) -> None:
        client.is_dead = True
        if client.instance_id is not None and self.chance.random() < 0.7:  # and begins anew
            again = Client(client.name, is_static=True)
            self.clients.append(again)

    def leave(self, client: Client) -> None:
        client.is_dead = True
        with suppress(KafkaError):  # it may be out already
            self.take(self.group.leave(client.member_id, client.instance_id, now_ms=self.now_ms))

    def turn(self) -> None:
        self.chance.shuffle(self.clients)
        for client in list(self.clients):
            if not client.is_dead and not client.is_paused:
                self.act(client)
        self.pass_time(self.chance.randrange(1, 800))


@pytest.mark.parametrize("seed", range(40))
def test_whatever_members_do_the_group_keeps_its_promises_and_comes_to_rest(seed: int) -> None:
    world = World(seed)
    for _ in range(300):
        if world.chance.random() < 0.2:
            world.disturb()
        world.turn()
    for client in world.clients:
        client.is_paused = False
    if not any(not client.is_dead for client in world.clients):
        world.clients.append(Client("last", is_static=False))
    for _ in range(200):
        world.turn()
    alive = [client for client in world.clients if not client.is_dead]
    names = {client.instance_id or client.name for client in alive}
    assert world.group.state is State.STABLE, "a rebalance never ends"
    assert {client.generation_id for client in alive} == {world.group.generation_id}
    assert len({client.assignment for client in alive}) == len(names), "two have the same part"
    assert {member.member_id for member in world.records[-1].members} == {
        client.member_id for client in alive
    }
    assert not world.waiting or all(client.is_dead for client, _ in world.waiting.values())
