"""Subscriptions to client metrics."""

import pytest

from broker.cluster.client_metrics import check_client_metrics, client_metrics_rows
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.describe import ConfigSource


def test_a_subscription_as_kafka_knows_it() -> None:
    check_client_metrics({})
    check_client_metrics(
        {"interval.ms": "100", "metrics": "*", "match": "client_id=a.*, client_software_name = java"}
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"no.such": "1"}, ErrorCode.INVALID_REQUEST),
        ({"interval.ms": "99"}, ErrorCode.INVALID_REQUEST),
        ({"interval.ms": "3600001"}, ErrorCode.INVALID_REQUEST),
        ({"interval.ms": "soon"}, ErrorCode.INVALID_CONFIG),
        ({"match": "client_id"}, ErrorCode.INVALID_CONFIG),
        ({"match": "client_id="}, ErrorCode.INVALID_CONFIG),
        ({"match": "client_id=a=b"}, ErrorCode.INVALID_CONFIG),
        ({"match": "colour=red"}, ErrorCode.INVALID_CONFIG),
        ({"match": "client_id=("}, ErrorCode.INVALID_CONFIG),
    ],
)
def test_what_is_wrong_is_refused(values: dict[str, str], code: ErrorCode) -> None:
    with pytest.raises(KafkaError) as refused:
        check_client_metrics(values)
    assert refused.value.code is code


def test_what_was_set_is_told_from_the_defaults() -> None:
    rows = {row.name: row for row in client_metrics_rows({"interval.ms": "1000"})}
    assert list(rows) == ["interval.ms", "match", "metrics"]
    assert (rows["interval.ms"].value, rows["interval.ms"].source) == ("1000", ConfigSource.CLIENT_METRICS)
    assert (rows["match"].value, rows["match"].source) == ("", ConfigSource.DEFAULT)
