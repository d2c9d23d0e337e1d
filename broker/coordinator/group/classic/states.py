"""The states of a classic group, with Kafka's names.

Empty: nobody is in it.
    answers: join; commits from outside; all else UNKNOWN_MEMBER_ID
    leaves to: PreparingRebalance when a member joins; Dead when it is deleted or moves
PreparingRebalance: members join.
    answers: join, when all have; heartbeat and sync REBALANCE_IN_PROGRESS
    leaves to: CompletingRebalance when all have joined or the time is up; Empty when nobody has; Dead
CompletingRebalance: the leader is to assign.
    answers: sync, when it has; heartbeat; join as before; commit REBALANCE_IN_PROGRESS
    leaves to: Stable when it has; PreparingRebalance when a member joins, leaves or fails; Dead
Stable: all know what is theirs.
    answers: sync, heartbeat and commit
    leaves to: PreparingRebalance when a member joins, leaves or fails; Dead
Dead: it is gone, or somewhere else.
    answers: COORDINATOR_NOT_AVAILABLE
    leaves to: nothing

Follows Kafka's ClassicGroupState.
"""

from enum import StrEnum


class State(StrEnum):
    EMPTY = "Empty"
    PREPARING_REBALANCE = "PreparingRebalance"
    COMPLETING_REBALANCE = "CompletingRebalance"
    STABLE = "Stable"
    DEAD = "Dead"


NEXT: dict[State, frozenset[State]] = {
    State.EMPTY: frozenset({State.PREPARING_REBALANCE, State.DEAD}),
    State.PREPARING_REBALANCE: frozenset({State.COMPLETING_REBALANCE, State.EMPTY, State.DEAD}),
    State.COMPLETING_REBALANCE: frozenset({State.STABLE, State.PREPARING_REBALANCE, State.DEAD}),
    State.STABLE: frozenset({State.PREPARING_REBALANCE, State.DEAD}),
    State.DEAD: frozenset(),
}
"""The whole transition table."""
