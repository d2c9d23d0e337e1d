"""The language in which messages are declared: one class for all versions, fields in wire order.

    @request(key=0, versions="3-13", flexible="9+")
    class ProduceRequest:
        transactional_id: String | None = field("3+", default=None)
        acks: Int16
        topic_data: list[TopicProduceData]

Left of `=` stands the wire type, right of it only what is not "in every version, required":

- `field("3+")` is in versions 3 and later; elsewhere it has its default.
- `= 0`, or `field(default=0)`, need not be given; `default=DEFAULTS` is a struct of defaults.
- `| None` may be null, with `field(nullable="3+")` only in those versions; `field(tag=0)` is tagged.

Instances are made with keyword arguments and compare by value. Structs are found by their names in the
module of the class that holds them, so a file can be read from the message down to its parts.

Declaring a class has to be cheap, since 440 are declared: annotations stay text until `fields.py`
reads them, and `__init__` is compiled when the first instance is made.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, TypeVar, dataclass_transform

from broker.protocol.fields import (
    DEFAULTS,
    REQUIRED,
    Bool,
    Bytes,
    FieldOptions,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Records,
    String,
    Uint16,
    Uuid,
    field,
    fields_of,
)
from broker.protocol.versions import Versions

__all__ = [
    "DEFAULTS",
    "Bool",
    "Bytes",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "Message",
    "Records",
    "String",
    "Uint16",
    "Uuid",
    "blank",
    "data",
    "field",
    "header",
    "request",
    "response",
    "stored",
    "struct",
]

T = TypeVar("T")


class Message:
    """What every declared class is made on top of, though only its decorator says so."""

    __slots__ = ()

    API_KEY: ClassVar[int | None] = None
    VERSIONS: ClassVar[tuple[int, int] | None] = None
    FLEXIBLE: ClassVar[int | None] = None
    DECLARED: ClassVar[dict[str, tuple[str, FieldOptions]]]
    """Each field's annotation and options, in wire order."""

    # Filled on first use, each by the module that needs it: the fields, and one codec a version.
    resolved: ClassVar[list[Any]]
    decoders: ClassVar[dict[int, Callable[[Any], Any]]]
    encoders: ClassVar[dict[int, Callable[[Any], list[Any]]]]

    _values: ClassVar[Callable[[Any], Any]]

    def __init__(self, **values: Any) -> None:
        cls = type(self)
        cls.__init__ = _compiled_init(cls)  # type: ignore[method-assign]
        cls.__init__(self, **values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message) or self.DECLARED is not other.DECLARED:
            return NotImplemented
        values = type(self)._values
        return bool(values(self) == values(other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.DECLARED)
        return f"{type(self).__name__}({inside})"


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def request(*, key: int, versions: str, flexible: str) -> Callable[[type[T]], type[T]]:
    """The class is the request of API `key`; it gets `API_KEY`, `VERSIONS` and `FLEXIBLE`."""
    return _declaring(key, versions, flexible)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def response(*, key: int, versions: str, flexible: str) -> Callable[[type[T]], type[T]]:
    """The class is the response of API `key`; it gets `API_KEY`, `VERSIONS` and `FLEXIBLE`."""
    return _declaring(key, versions, flexible)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def stored(*, versions: str, flexible: str) -> Callable[[type[T]], type[T]]:
    """The class is the key or the value of a record in an internal topic of Apache Kafka's."""
    return _declaring(None, versions, flexible)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def header(*, versions: str, flexible: str) -> Callable[[type[T]], type[T]]:
    """The class is what stands before a request or a response."""
    return _declaring(None, versions, flexible)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def data(*, versions: str, flexible: str) -> Callable[[type[T]], type[T]]:
    """The class is what clients tell each other in bytes that brokers need not understand."""
    return _declaring(None, versions, flexible)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def struct(cls: type[T]) -> type[T]:
    """The class is a part of the messages of its module, and has their versions."""
    return _declared(cls, {})


def blank(cls: type[T], **values: Any) -> T:
    """An instance whose other fields have their defaults, also the required ones (zero, empty)."""
    defaults = {each.name: _fresh(each.default) for each in fields_of(cls)}
    return cls(**{**defaults, **values})


def _fresh(default: Any) -> Any:
    return [] if isinstance(default, list) else default


def _declaring(key: int | None, versions: str, flexible: str) -> Callable[[type[T]], type[T]]:
    first_flexible = None if flexible == "none" else Versions.parse(flexible).lowest
    constants = {"API_KEY": key, "VERSIONS": tuple(Versions.parse(versions)), "FLEXIBLE": first_flexible}
    return lambda cls: _declared(cls, constants)


def _declared(cls: type[T], constants: dict[str, Any]) -> type[T]:
    """The class over again, with slots, on top of `Message`."""
    annotations: dict[str, str] = cls.__annotations__
    declared = {name: (text, _options(cls, name)) for name, text in annotations.items()}
    namespace = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "__slots__": tuple(declared),
        "DECLARED": declared,
        "resolved": [],
        "decoders": {},
        "encoders": {},
        "_values": attrgetter(*declared) if declared else _no_values,
        **constants,
    }
    return type(cls.__name__, (Message,), namespace)


def _options(cls: type, name: str) -> FieldOptions:
    written = cls.__dict__.get(name, REQUIRED)
    return written if isinstance(written, FieldOptions) else FieldOptions(default=written)


def _no_values(message: Any) -> None:
    """All values of a message that has no fields."""


def _compiled_init(cls: type[Message]) -> Callable[..., None]:
    """`def __init__(self, *, name, other=default, ...)`, with a new list for each default list."""
    names: dict[str, Any] = {}
    arguments, lines = ["self"], ["    pass"]
    if cls.DECLARED:
        arguments.append("*")
    for each in fields_of(cls):
        name, value = each.name, each.name
        if each.required:
            arguments.append(name)
        else:
            names[f"default_{name}"] = each.default
            arguments.append(f"{name}=default_{name}")
            if isinstance(each.default, list):
                value = f"[] if {name} is default_{name} else {name}"
        lines.append(f"    self.{name} = {value}")
    exec("\n".join([f"def __init__({', '.join(arguments)}):", *lines]), names)
    compiled: Callable[..., None] = names["__init__"]
    return compiled
