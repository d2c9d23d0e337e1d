"""The answer to a request that failed as a whole, where its response has room for the error."""

from typing import Any

from broker.protocol.errors import KafkaError
from broker.protocol.fields import fields_of


def error_response(response_class: Any, version: int, error: KafkaError) -> Any:
    """Nothing but the error code, and the message if there is a field for it.

    None: in this version the response has no field for an error at its top.
    """
    fields = {each.name: each for each in fields_of(response_class)}
    if "error_code" not in fields or not fields["error_code"].versions.includes(version):
        return None
    values = {name: each.default for name, each in fields.items() if each.required}
    values["error_code"] = error.code
    if "error_message" in fields:
        values["error_message"] = error.message or None
    return response_class(**values)
