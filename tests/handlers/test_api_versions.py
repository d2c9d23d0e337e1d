"""What this broker says it can do."""

from typing import Any

import pytest

from broker.handlers import APIS
from broker.handlers.answer import Encoded
from broker.handlers.api_versions import api_versions, is_software_text, unsupported_version
from broker.handlers.context import RequestContext
from broker.protocol.codec import decode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse


def asked(version: int, *, name: str = "kawa-test", software_version: str = "1.0") -> ApiVersionsResponse:
    context = RequestContext(18, version, 1, "me", "PLAINTEXT", "10.0.0.1", 1, "10.0.0.2", 9092)
    request = ApiVersionsRequest(client_software_name=name, client_software_version=software_version)
    broker: Any = None
    return decoded(api_versions(request, context, broker), version)


def decoded(answer: Encoded, version: int) -> ApiVersionsResponse:
    body = b"".join(bytes(part) for part in answer.buffers)  # type: ignore[arg-type]
    return decode(ApiVersionsResponse, version, memoryview(body))


@pytest.mark.parametrize("version", range(5))
def test_every_row_of_the_table_is_shown(version: int) -> None:
    response = asked(version)
    shown = {each.api_key: (each.min_version, each.max_version) for each in response.api_keys}
    assert shown == {key: tuple(api.shown) for key, api in APIS.items()}


def test_produce_is_shown_from_version_0_for_old_librdkafka() -> None:
    (produce,) = (each for each in asked(3).api_keys if each.api_key == 0)
    assert (produce.min_version, produce.max_version) == (0, 13)


@pytest.mark.parametrize("version", [3, 4])
def test_features_promise_only_what_is_built(version: int) -> None:
    response = asked(version)
    shown = [each.name for each in response.supported_features]
    assert shown == ["group.version", "metadata.version"][version < 4 :]
    levels = {each.name: each.max_version_level for each in response.finalized_features}
    assert levels == {"group.version": 1, "metadata.version": 30}
    assert response.finalized_features_epoch >= 0


def test_before_version_4_no_feature_starts_at_level_0() -> None:
    assert all(each.min_version > 0 for each in asked(3).supported_features)


@pytest.mark.parametrize(
    ("name", "version"), [("", "1"), ("a b", "1"), ("kawa", "-1"), ("kawa", "1.0."), ("ä", "1")]
)
def test_a_client_with_an_impossible_name_or_version_is_refused(name: str, version: str) -> None:
    response = asked(3, name=name, software_version=version)
    assert response.error_code == ErrorCode.INVALID_REQUEST
    assert response.api_keys == []


def test_before_version_3_clients_have_no_name() -> None:
    assert asked(2, name="", software_version="").error_code == ErrorCode.NONE


@pytest.mark.parametrize("text", ["a", "7", "apache-kafka-java", "4.3.0-SNAPSHOT", "a--b..c"])
def test_names_that_kafka_allows(text: str) -> None:
    assert is_software_text(text)


def test_a_client_from_the_future_learns_which_versions_there_are() -> None:
    response = decoded(unsupported_version(APIS[18]), 0)
    (entry,) = response.api_keys
    assert response.error_code == ErrorCode.UNSUPPORTED_VERSION
    assert (entry.api_key, entry.min_version, entry.max_version) == (18, 0, 4)
