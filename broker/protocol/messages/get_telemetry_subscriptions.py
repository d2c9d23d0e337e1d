"""GetTelemetrySubscriptions (key 71): which metrics a client is to send (KIP-714)."""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, Uuid, request, response


@request(key=71, versions="0", flexible="0+")
class GetTelemetrySubscriptionsRequest:
    client_instance_id: Uuid  # zero: the broker gives one


@response(key=71, versions="0", flexible="0+")
class GetTelemetrySubscriptionsResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    client_instance_id: Uuid
    subscription_id: Int32
    accepted_compression_types: list[Int8]  # the preferred one first; numbered as in record batches
    push_interval_ms: Int32
    telemetry_max_bytes: Int32
    delta_temporality: Bool  # changes since the last push, not totals
    requested_metrics: list[String]  # prefixes; none: nothing, one that is empty: everything
