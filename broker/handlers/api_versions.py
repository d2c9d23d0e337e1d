"""What this broker can do (KIP-35, KIP-511, KIP-584).

ApiVersions 18

A request of a version that is not there is answered in version 0, with the versions of ApiVersions.

Differences from Apache Kafka: feature levels are promised for what is built, which leaves out
transaction.version, share.version, streams.version, kraft.version and
eligible.leader.replicas.version. No telemetry is asked for (keys 71 and 72 are not there).
"""

from functools import lru_cache

from broker.handlers import APIS, Api
from broker.handlers.answer import Encoded
from broker.handlers.context import Broker, RequestContext
from broker.protocol.codec import encode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.api_versions import (
    ApiVersion,
    ApiVersionsRequest,
    ApiVersionsResponse,
    FinalizedFeatureKey,
    SupportedFeatureKey,
)

API_VERSIONS = 18
FEATURES = {"group.version": (0, 1, 1), "metadata.version": (7, 30, 30)}
"""Supported from, to; what the cluster runs at."""
FEATURES_EPOCH = 0  # no level ever changes; a negative epoch would mean that they are not known


def api_versions(request: ApiVersionsRequest, context: RequestContext, broker: Broker) -> Encoded:
    if context.api_version >= 3 and not (
        is_software_text(request.client_software_name) and is_software_text(request.client_software_version)
    ):
        return Encoded(list(invalid_request(context.api_version)))
    return Encoded(list(everything(context.api_version)))


def unsupported_version(api: Api) -> Encoded:
    """For a client that is newer than this broker; the body is of version 0."""
    least, most = api.answered
    response = ApiVersionsResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION,
        api_keys=[ApiVersion(api_key=API_VERSIONS, min_version=least, max_version=most)],
    )
    return Encoded(encode(response, 0))


def is_software_text(text: str) -> bool:
    """Whether a client may call itself that: letters and digits, with `-` and `.` between them."""
    inner = text.replace("-", "").replace(".", "")
    return inner.isascii() and inner.isalnum() and text[0].isalnum() and text[-1].isalnum()


@lru_cache
def invalid_request(version: int) -> "tuple[bytes, ...]":
    response = ApiVersionsResponse(error_code=ErrorCode.INVALID_REQUEST, api_keys=[])
    return tuple(bytes(part) for part in encode(response, version))


@lru_cache
def everything(version: int) -> "tuple[bytes, ...]":
    """The body of a good answer, which is the same for every client."""
    response = ApiVersionsResponse(
        error_code=ErrorCode.NONE,
        api_keys=[
            ApiVersion(api_key=key, min_version=low, max_version=high)
            for key, api in APIS.items()
            for low, high in [api.shown]
        ],
        supported_features=[
            SupportedFeatureKey(name=name, min_version=low, max_version=high)
            for name, (low, high, _) in FEATURES.items()
            if low > 0 or version >= 4  # older Java clients cannot read a lowest level of 0
        ],
        finalized_features_epoch=FEATURES_EPOCH,
        finalized_features=[
            FinalizedFeatureKey(name=name, min_version_level=level, max_version_level=level)
            for name, (_, _, level) in FEATURES.items()
            if level > 0
        ],
    )
    return tuple(bytes(part) for part in encode(response, version))
