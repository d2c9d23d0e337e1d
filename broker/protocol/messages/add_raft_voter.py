"""AddRaftVoter (key 80): a controller joins the quorum (KIP-853).

v1 whether to wait for the commit
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, String, Uint16, Uuid, field, request, response, struct


@request(key=80, versions="0-1", flexible="0+")
class AddRaftVoterRequest:
    cluster_id: String | None
    timeout_ms: Int32
    voter_id: Int32
    voter_directory_id: Uuid
    listeners: list[Listener]
    ack_when_committed: Bool = field("1+", default=True)


@struct
class Listener:
    name: String
    host: String
    port: Uint16


@response(key=80, versions="0-1", flexible="0+")
class AddRaftVoterResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
