"""The answer to a request that failed as a whole, where its response has room for the error."""

from typing import Any

from broker.protocol.errors import KafkaError
from broker.protocol.message import REQUIRED, declared_defaults
from broker.protocol.versions import Versions

EMPTY = {"String": "", "Bool": False, "Uuid": bytes(16), "Bytes": b"", "Float64": 0.0}


def error_response(response_class: Any, version: int, error: KafkaError) -> Any | None:
    """Nothing but the error code, and the message if there is a field for it; None without a field
    for the code at the top of this version.
    """
    declared = response_class.DECLARED
    if "error_code" not in declared:
        return None
    versions = declared["error_code"][1].versions
    if versions is not None and not Versions.parse(versions).includes(version):
        return None
    values = {
        name: _empty(declared[name][0])
        for name, default in declared_defaults(response_class)
        if default is REQUIRED
    }
    values["error_code"] = error.code
    if "error_message" in declared:
        values["error_message"] = error.message or None
    return response_class(**values)


def _empty(annotation: str) -> Any:
    """The value that says nothing, for an annotation as it is written."""
    if annotation.endswith("| None"):
        return None
    if annotation.startswith("list["):
        return []
    return EMPTY.get(annotation, 0)
