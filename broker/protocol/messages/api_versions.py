"""ApiVersions (key 18): what the broker can do, asked before anything else (KIP-35).

v3 flexible, the client's name and version (KIP-511), features (KIP-584)
v4 features may begin at level 0, which older Java clients cannot read

The header of the response has no tagged fields in any version, and an unknown version is answered with
a body of version 0.
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, Int64, String, field, request, response, struct


@request(key=18, versions="0-4", flexible="3+")
class ApiVersionsRequest:
    client_software_name: String = field("3+", default="")
    client_software_version: String = field("3+", default="")


@response(key=18, versions="0-4", flexible="3+")
class ApiVersionsResponse:
    error_code: Int16
    api_keys: list[ApiVersion]
    throttle_time_ms: Int32 = field("1+", default=0)
    supported_features: list[SupportedFeatureKey] = field("3+", tag=0, default=[])
    # -1: is not known, and the list is ignored
    finalized_features_epoch: Int64 = field("3+", tag=1, default=-1)
    finalized_features: list[FinalizedFeatureKey] = field("3+", tag=2, default=[])
    zk_migration_ready: Bool = field("3+", tag=3, default=False)


@struct
class ApiVersion:
    api_key: Int16
    min_version: Int16
    max_version: Int16


@struct
class SupportedFeatureKey:
    name: String
    min_version: Int16
    max_version: Int16


@struct
class FinalizedFeatureKey:
    name: String
    max_version_level: Int16
    min_version_level: Int16
