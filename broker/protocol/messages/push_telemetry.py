"""PushTelemetry (key 72): a client's metrics (KIP-714)."""

from __future__ import annotations

from broker.protocol.message import Bool, Bytes, Int8, Int16, Int32, Uuid, request, response


@request(key=72, versions="0", flexible="0+")
class PushTelemetryRequest:
    client_instance_id: Uuid
    subscription_id: Int32
    terminating: Bool
    compression_type: Int8
    metrics: Bytes  # protobuf of OpenTelemetry's MetricsData


@response(key=72, versions="0", flexible="0+")
class PushTelemetryResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
