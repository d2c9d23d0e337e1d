"""CreateDelegationToken (key 38): a token by which others can act for a user (KIP-48).

v2 flexible   v3 for another owner (KIP-373)
"""

from __future__ import annotations

from broker.protocol.message import Bytes, Int16, Int32, Int64, String, field, request, response, struct


@request(key=38, versions="1-3", flexible="2+")
class CreateDelegationTokenRequest:
    owner_principal_type: String | None = field("3+", default="")  # null or empty: who asks
    owner_principal_name: String | None = field("3+", default="")
    renewers: list[CreatableRenewers]
    max_lifetime_ms: Int64


@struct
class CreatableRenewers:
    principal_type: String
    principal_name: String


@response(key=38, versions="1-3", flexible="2+")
class CreateDelegationTokenResponse:
    error_code: Int16
    principal_type: String
    principal_name: String
    token_requester_principal_type: String = field("3+")
    token_requester_principal_name: String = field("3+")
    issue_timestamp_ms: Int64
    expiry_timestamp_ms: Int64
    max_timestamp_ms: Int64
    token_id: String
    hmac: Bytes
    throttle_time_ms: Int32 = 0
