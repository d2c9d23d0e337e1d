"""RemoveRaftVoter (key 81): a controller leaves the quorum (KIP-853)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, Uuid, request, response


@request(key=81, versions="0", flexible="0+")
class RemoveRaftVoterRequest:
    cluster_id: String | None
    voter_id: Int32
    voter_directory_id: Uuid


@response(key=81, versions="0", flexible="0+")
class RemoveRaftVoterResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
