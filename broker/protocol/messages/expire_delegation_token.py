"""ExpireDelegationToken (key 40): let a token end earlier, or at once (KIP-48).

v2 flexible
"""

from __future__ import annotations

from broker.protocol.message import Bytes, Int16, Int32, Int64, request, response


@request(key=40, versions="1-2", flexible="2+")
class ExpireDelegationTokenRequest:
    hmac: Bytes
    expiry_time_period_ms: Int64  # negative: at once


@response(key=40, versions="1-2", flexible="2+")
class ExpireDelegationTokenResponse:
    error_code: Int16
    expiry_timestamp_ms: Int64
    throttle_time_ms: Int32 = 0
