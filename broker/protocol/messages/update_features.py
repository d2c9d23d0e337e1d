"""UpdateFeatures (key 57): raise or lower the levels at which the cluster runs (KIP-584).

v1 validate_only, upgrade_type (KIP-778)   v2 one result for all
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, field, request, response, struct


@request(key=57, versions="0-2", flexible="0+")
class UpdateFeaturesRequest:
    timeout_ms: Int32 = 60000
    feature_updates: list[FeatureUpdateKey]
    validate_only: Bool = field("1+", default=False)


@struct
class FeatureUpdateKey:
    feature: String
    max_version_level: Int16  # under 1: remove the feature
    allow_downgrade: Bool = field("0", default=False)
    # 1 only up, 2 down where nothing is lost, 3 down at any price
    upgrade_type: Int8 = field("1+", default=1)


@response(key=57, versions="0-2", flexible="0+")
class UpdateFeaturesResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
    results: list[UpdatableFeatureResult] = field("0-1", default=[])


@struct
class UpdatableFeatureResult:
    feature: String
    error_code: Int16
    error_message: String | None
