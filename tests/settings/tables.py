"""Kafka's own tables of settings, as they were read out of its classes."""

import csv
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "kafka-4.3.1"


def kafka_table(kind: str) -> dict[str, dict[str, str]]:
    """Name -> row of `broker-configs.tsv`, `topic-configs.tsv` or `group-configs.tsv`."""
    with (FOLDER / f"{kind}-configs.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["name"]: row for row in rows}
