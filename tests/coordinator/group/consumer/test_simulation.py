"""Many members of both protocols that join, die, pause, leave and lose answers, on a clock of their own.

Whatever happens: no partition has two owners among the members, who owns nothing cannot commit, epochs only
rise, and when all are quiet every partition of every topic has an owner who knows of it.
"""

from random import Random
from typing import Any

import pytest

from broker.coordinator.group.consumer.partition_epochs import without_epochs
from broker.protocol.errors import ErrorCode
from tests.coordinator.group.consumer.bench import REBALANCE_MS, Bench, Client, Topics

BEATS_MS = 3_000


class World:
    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.bench = Bench(
            Topics(orders=4, payments=3),
            config={"consumer.assignment.interval.ms": self.chance.choice(["0", "1000"])},
            group_consumer_heartbeat_interval_ms="1000",
        )
        self.modern: list[str] = []
        self.classic: list[str] = []
        self.paused: set[str] = set()
        self.wants: dict[str, dict[str, Any]] = {}
        self.uncertain: set[str] = set()
        self.is_calm = False
        self.made = 0
        self.epoch = 0

    @property
    def active(self) -> list[str]:
        return [name for name in self.modern + self.classic if name not in self.paused]

    def come(self, *, is_classic: bool) -> None:
        name = f"m{self.made}"
        self.made += 1
        topics = self.chance.choice([("orders",), ("orders", "payments")])
        if is_classic:
            self.classic.append(name)
            self.bench.clients[name] = Client("")
            self.bench.join_classic(name, *topics)
        else:
            self.modern.append(name)
            is_static = self.chance.random() < 0.3
            self.wants[name] = {"topic_names": frozenset(topics)}
            if self.chance.random() < 0.2:
                self.wants[name]["topic_pattern"] = ".*"
            self.bench.join(name, instance_id=name if is_static else None, **self.wants[name])

    def act(self, name: str) -> None:
        """What a client does next, as its answers let it."""
        if name in self.classic:
            self.act_classic(name)
            return
        client = self.bench.clients[name]
        epoch, owned = client.epoch, client.owned
        tells_all = name in self.uncertain
        self.uncertain.discard(name)
        everything = {"rebalance_timeout_ms": REBALANCE_MS, **self.wants[name]}
        self.bench.beat(name, **(everything if tells_all else {}))
        told = self.bench.take_told()[-1]
        if "FENCED" in told or "UNKNOWN" in told:
            self.bench.join(name, **self.wants[name])
        elif (
            not self.is_calm and self.chance.random() < 0.1
        ):  # the answer is lost: next time it tells all, to be told all
            client.epoch, client.owned = epoch, owned
            self.uncertain.add(name)

    def act_classic(self, name: str) -> None:
        code = self.bench.beat_classic(name)
        if code is ErrorCode.NONE:
            return
        client = self.bench.clients[name]
        if code is not ErrorCode.REBALANCE_IN_PROGRESS:
            client.member_id, client.owned = "", {}
        else:  # it gives up what is not its own any more before it joins, as cooperative clients do
            member = self.bench.group.members.get(client.member_id)
            assert member is not None
            client.owned = without_epochs(member.assigned)
        self.bench.join_classic(name)
        self.bench.sync(name)

    def disturb(self) -> None:
        chance = self.chance.random()
        if chance < 0.3 and len(self.active) < 7:
            self.come(is_classic=self.chance.random() < 0.3)
        elif chance < 0.4:
            self.bench.topics.set(self.chance.choice(["orders", "payments", "refunds"]), self.made + 5)
        elif not self.active:
            return
        elif chance < 0.6:
            self.paused.add(self.chance.choice(self.active))
        elif chance < 0.7:
            self.go(self.chance.choice(self.active))
        elif chance < 0.8 and self.paused:
            self.paused.remove(self.chance.choice(sorted(self.paused)))

    def go(self, name: str) -> None:
        """It leaves for good, or, if it is static, comes back under another id."""
        if name in self.classic:
            self.paused.add(name)
            return
        client = self.bench.clients[name]
        comes_back = client.instance_id is not None and self.chance.random() < 0.7
        self.bench.leave(name, for_a_while=comes_back)
        self.modern.remove(name)
        if comes_back:
            self.made += 1
            again = f"m{self.made}-again"
            self.modern.append(again)
            self.wants[again] = self.wants[name]
            self.bench.join(again, instance_id=client.instance_id, **self.wants[again])

    def turn(self) -> None:
        for name in self.chance.sample(self.active, len(self.active)):
            self.act(name)
        self.bench.wait(self.chance.randrange(1, BEATS_MS))
        self.check()

    def check(self) -> None:
        group = self.bench.group
        assert group.ledger.group_epoch >= self.epoch, "an epoch comes back"
        self.epoch = group.ledger.group_epoch
        assert group.ledger.assignment_epoch <= self.epoch
        for name in {*self.modern, *self.classic, *self.paused}:
            client = self.bench.clients[name]
            for topic_id, partitions in client.owned.items():
                for partition in partitions:
                    owner = group.members.owner(topic_id, partition)
                    if owner not in {None, client.member_id}:
                        place = (topic_id.rstrip(b"\0").decode(), partition)
                        code = self.bench.may_commit(name, place)
                        assert code is not ErrorCode.NONE, f"{name} commits {place}, which {owner} owns"


@pytest.mark.parametrize("seed", range(40))
def test_whatever_members_do_the_group_keeps_its_promises_and_comes_to_rest(seed: int) -> None:
    world = World(seed)
    world.come(is_classic=False)
    for _ in range(200):
        if world.chance.random() < 0.3:
            world.disturb()
        world.turn()
    world.is_calm = True
    gone, world.paused = world.paused, set()
    world.modern = [name for name in world.modern if name not in gone]
    world.classic = [name for name in world.classic if name not in gone]
    world.come(is_classic=False)  # a group of classic members alone would become a classic group
    for _ in range(60):
        world.turn()
    bench = world.bench
    assert bench.group.state == "Stable", "a rebalance never ends"
    known = {place for name in world.active for place in owned_by(bench.clients[name])}
    group = {
        (member.member_id, topic_id, partition)
        for member in bench.group.members
        for topic_id, epochs in member.assigned.items()
        for partition in epochs
    }
    assert known == group, "somebody does not know what it owns"
    wanted = bench.group.ledger.all_topic_names()
    shapes = [shape for shape in map(bench.topics.named, wanted) if shape is not None]
    assert len(group) == sum(shape.partitions for shape in shapes), "a partition has no owner"


def owned_by(client: Client) -> list[tuple[str, bytes, int]]:
    places = client.owned.items()
    return [(client.member_id, topic_id, partition) for topic_id, each in places for partition in each]
