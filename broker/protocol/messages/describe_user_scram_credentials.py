"""DescribeUserScramCredentials (key 50)."""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, request, response, struct


@request(key=50, versions="0", flexible="0+")
class DescribeUserScramCredentialsRequest:
    users: list[UserName] | None


@struct
class UserName:
    name: String


@response(key=50, versions="0", flexible="0+")
class DescribeUserScramCredentialsResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
    results: list[DescribeUserScramCredentialsResult]


@struct
class DescribeUserScramCredentialsResult:
    user: String
    error_code: Int16
    error_message: String | None
    credential_infos: list[CredentialInfo]


@struct
class CredentialInfo:
    mechanism: Int8
    iterations: Int32
