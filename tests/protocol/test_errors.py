"""Error codes equal Kafka's table, row by row."""

import csv
from pathlib import Path

from broker.protocol.errors import RETRIABLE, ErrorCode, KafkaError

TABLE = Path(__file__).parent.parent / "data" / "kafka-4.3.1" / "errors.tsv"


def test_every_code_of_kafka_is_there_with_its_name_and_number() -> None:
    with TABLE.open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {(row["name"], int(row["code"])) for row in rows} == {
        (code.name, code.value) for code in ErrorCode
    }
    assert {row["name"] for row in rows if row["retriable"] == "true"} == {code.name for code in RETRIABLE}


def test_an_error_reads_as_its_code_and_what_was_wrong() -> None:
    error = KafkaError(ErrorCode.INVALID_PARTITIONS, "3 partitions asked for, 4 there")
    assert str(error) == "INVALID_PARTITIONS: 3 partitions asked for, 4 there"
    assert str(KafkaError(ErrorCode.NONE)) == "NONE"
