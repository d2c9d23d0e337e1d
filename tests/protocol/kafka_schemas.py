"""Kafka's own message schemas, where they can be found on this machine.

Looked for in the folder that KAWA_KAFKA_SCHEMAS names, in `../shared/kafka-message-schemas/4.3.1` beside
the checkout, and in kafka-clients-4.3.1.jar of the local Maven repository. Nothing of them is copied.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent.parent
JAR = Path(".m2/repository/org/apache/kafka/kafka-clients/4.3.1/kafka-clients-4.3.1.jar")
NOT_FOUND = "Kafka's message schemas are not here: set KAWA_KAFKA_SCHEMAS to a folder that has them"


def kafka_schemas() -> dict[str, dict[str, Any]]:
    """All kinds of messages by name; empty if there are none on this machine."""
    folder = os.environ.get("KAWA_KAFKA_SCHEMAS")
    places = (
        [Path(folder)] if folder else [ROOT.parent / "shared/kafka-message-schemas/4.3.1", Path.home() / JAR]
    )
    for place in places:
        schemas = [parse(text) for text in texts(place)]
        if schemas:
            wanted = ("request", "response", "header", "data")
            return {schema["name"]: schema for schema in schemas if schema["type"] in wanted}
    return {}


def texts(place: Path) -> Iterator[str]:
    """The JSON files of a folder, or of a jar."""
    if place.is_dir():
        for path in sorted(place.glob("*.json")):
            yield path.read_text()
    elif place.is_file():
        with ZipFile(place) as jar:
            for name in jar.namelist():
                if name.startswith("common/message/") and name.endswith(".json"):
                    yield jar.read(name).decode()


def parse(text: str) -> dict[str, Any]:
    """JSON with lines that are comments."""
    schema: dict[str, Any] = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    return schema
