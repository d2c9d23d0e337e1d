"""Messages to bytes and back: `decode` and `encode`, compiled on first use for each class and version.

The compilers are in `decoder.py` and `encoder.py`; here is what they have in common: the caches, which
live in the classes, and the conversion of errors.
"""

import struct
import sys
from typing import Any, TypeVar

from broker.protocol.decoder import compile_decoder
from broker.protocol.encoder import compile_encoder
from broker.protocol.errors import MalformedRequest
from broker.protocol.fields import structs_in

T = TypeVar("T")

MISTAKES = (AttributeError, TypeError, ValueError, struct.error)
"""How an encoder fails on a value that the field cannot hold."""


class CannotEncode(ValueError):
    """A message of our own has a value that its field cannot hold in that version."""


def decode(cls: type[T], version: int, view: memoryview) -> T:
    """The message that `view` begins with; what follows it is left alone, as Kafka does.

    Records are slices of `view`, valid as long as its buffer is; all else is copied out of it.

    Raises: MalformedRequest: the bytes are no such message.
    """
    try:
        decoder = cls.decoders[version]  # type: ignore[attr-defined]
    except KeyError:
        decoder = _compile(cls, version, "decoders", compile_decoder)
    try:
        message: T = decoder(view)
    except (ValueError, IndexError, struct.error) as error:
        raise MalformedRequest(f"{cls.__name__} v{version}: {error}") from error
    return message


def encode(message: Any, version: int) -> list[Any]:
    """The buffers of the message, in order; records are passed on as they are.

    Fields that the version does not have are left out, whatever their value.

    Raises: CannotEncode: a field has a value that cannot be written.
    """
    cls = type(message)
    try:
        encoder = cls.encoders[version]
    except KeyError:
        encoder = _compile(cls, version, "encoders", compile_encoder)
    try:
        buffers: list[Any] = encoder(message)
    except MISTAKES as error:
        raise CannotEncode(f"{cls.__name__} v{version}: {_mistake_in(message, version, error)}") from error
    return buffers


def _mistake_in(message: Any, version: int, error: Exception) -> str:
    from broker.protocol.mistakes import mistakes

    first_flexible = _message_of(type(message)).FLEXIBLE
    compact = first_flexible is not None and version >= first_flexible
    return next(mistakes(message, version, compact=compact), str(error))


def _compile(cls: Any, version: int, kind: str, compiler: Any) -> Any:
    message = _message_of(cls)
    lowest, highest = message.VERSIONS
    if not lowest <= version <= highest:
        raise ValueError(f"{cls.__name__} has the versions {lowest}-{highest}, not {version}")
    compiled = compiler(cls, version, message.FLEXIBLE)
    getattr(cls, kind)[version] = compiled
    return compiled


def _message_of(cls: Any) -> Any:
    """The message whose versions a struct has; a message itself."""
    if cls.VERSIONS is not None:
        return cls
    for each in vars(sys.modules[cls.__module__]).values():
        if getattr(each, "VERSIONS", None) is not None and cls in structs_in(each):
            return each
    raise ValueError(f"no message of {cls.__module__} holds {cls.__name__}")
