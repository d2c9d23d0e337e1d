"""The states of consumer groups and of their members, with Kafka's names.

A group's state follows from its epochs and its members:

Empty: nobody is in it.
    answers: heartbeats that join; commits from outside
    leaves to: any of these when a member joins; Dead when it is deleted, moves or becomes a classic group
Assigning: the group epoch is above the assignment's: who gets what has to be worked out.
    answers: heartbeats, by what was assigned before
    leaves to: Reconciling and Stable when it has been; Empty when all have left; Dead
Reconciling: members own something else than they are to.
    answers: heartbeats, each of which brings its member nearer
    leaves to: Stable when all are there; Assigning when members or topics change; Empty; Dead
Stable: every member owns what it is to.
    answers: heartbeats
    leaves to: Assigning and Reconciling when members or topics change; Empty; Dead
Dead: it is gone, or somewhere else, or a classic group.
    answers: COORDINATOR_NOT_AVAILABLE
    leaves to: nothing

A member's state says what it waits for:

Stable: nothing; it owns what the assignment of its epoch gave it.
UnrevokedPartitions: it has been told to give partitions up and has not yet said that it has; until then it
    stays in its epoch, and it is out if its rebalance timeout passes first.
UnreleasedPartitions: others have not yet given up what it is to own.

Follows Kafka's ConsumerGroupState and MemberState (KIP-848).
"""

from enum import StrEnum


class GroupState(StrEnum):
    EMPTY = "Empty"
    ASSIGNING = "Assigning"
    RECONCILING = "Reconciling"
    STABLE = "Stable"
    DEAD = "Dead"


class MemberState(StrEnum):
    STABLE = "Stable"
    UNREVOKED_PARTITIONS = "UnrevokedPartitions"
    UNRELEASED_PARTITIONS = "UnreleasedPartitions"


NEXT: dict[GroupState, frozenset[GroupState]] = {
    GroupState.EMPTY: frozenset(GroupState) - {GroupState.EMPTY},
    GroupState.ASSIGNING: frozenset(GroupState),
    GroupState.RECONCILING: frozenset(GroupState),
    GroupState.STABLE: frozenset(GroupState),
    GroupState.DEAD: frozenset(),
}
"""Where one step may lead: a single heartbeat may both bump the epoch and assign."""
