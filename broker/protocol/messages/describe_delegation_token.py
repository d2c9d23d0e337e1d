"""DescribeDelegationToken (key 41): the tokens of some owners (KIP-48).

v2 flexible   v3 who asked for the token (KIP-373)
"""

from __future__ import annotations

from broker.protocol.message import Bytes, Int16, Int32, Int64, String, field, request, response, struct


@request(key=41, versions="1-3", flexible="2+")
class DescribeDelegationTokenRequest:
    owners: list[DescribeDelegationTokenOwner] | None  # null: all of them


@struct
class DescribeDelegationTokenOwner:
    principal_type: String
    principal_name: String


@response(key=41, versions="1-3", flexible="2+")
class DescribeDelegationTokenResponse:
    error_code: Int16
    tokens: list[DescribedDelegationToken]
    throttle_time_ms: Int32 = 0


@struct
class DescribedDelegationToken:
    principal_type: String
    principal_name: String
    token_requester_principal_type: String = field("3+")
    token_requester_principal_name: String = field("3+")
    issue_timestamp: Int64
    expiry_timestamp: Int64
    max_timestamp: Int64
    token_id: String
    hmac: Bytes
    renewers: list[DescribedDelegationTokenRenewer]


@struct
class DescribedDelegationTokenRenewer:
    principal_type: String
    principal_name: String
