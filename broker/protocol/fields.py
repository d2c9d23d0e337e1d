"""Wire types, and the fields of a declared message with their types looked up.

A declaration is text until somebody asks for its fields: `fields_of` reads the annotations, finds the
structs they name in the module of the class, and says what each field is in a version that lacks it.
"""

import sys
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, NoReturn, TypeAlias

from broker.protocol.uuids import ZERO_UUID
from broker.protocol.versions import EVERY, NONE, Versions

Int8: TypeAlias = Annotated[int, "b"]
Int16: TypeAlias = Annotated[int, "h"]
Int32: TypeAlias = Annotated[int, "i"]
Int64: TypeAlias = Annotated[int, "q"]
Uint16: TypeAlias = Annotated[int, "H"]
Float64: TypeAlias = Annotated[float, "d"]
Bool: TypeAlias = Annotated[bool, "?"]
Uuid: TypeAlias = Annotated[bytes, "16s"]
String: TypeAlias = Annotated[str, "string"]
Bytes: TypeAlias = Annotated[bytes, "bytes"]
Records: TypeAlias = Annotated[Any, "records"]
"""Decoded: a `memoryview` of the buffer that was decoded, valid as long as that.
To encode: bytes-like, or a list of chunks that have `nbytes`; they are passed on and never copied."""

SIZES = {"b": 1, "h": 2, "i": 4, "q": 8, "H": 2, "d": 8, "?": 1, "16s": 16}
"""Bytes of each wire type that always has the same number of them, by its `struct` format."""

ZEROS = {"d": 0.0, "?": False, "16s": ZERO_UUID, "string": "", "bytes": b"", "records": None}
"""What Kafka takes a field for that is not there; 0 for all other formats."""


class _Marker:
    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


REQUIRED: Any = _Marker("REQUIRED")
DEFAULTS: Any = _Marker("DEFAULTS")


class FieldOptions(NamedTuple):
    """What a declaration writes right of `=`."""

    versions: str | None = None
    default: Any = REQUIRED
    tag: int | None = None
    nullable: str | None = None
    flexible: bool = True


def field(
    versions: str | None = None,
    *,
    default: Any = REQUIRED,
    tag: int | None = None,
    nullable: str | None = None,
    flexible: bool = True,
) -> Any:
    """A field that is not simply required in every version; `flexible=False` never has a compact length."""
    return FieldOptions(versions, default, tag, nullable, flexible)


class WireType(NamedTuple):
    """`kind` is a `struct` format, or one of `string`, `bytes`, `records`, `struct`, `list`."""

    kind: str
    struct: Any = None
    """The class, if it is one struct."""
    item: "WireType | None" = None
    """Of what, if it is a list."""

    @property
    def size(self) -> int | None:
        """Its bytes, if it always has the same number of them."""
        return SIZES.get(self.kind)


class Field(NamedTuple):
    """One field, ready for the compilers; `default` is its value where it is not on the wire."""

    name: str
    type: WireType
    versions: Versions
    nullable: Versions
    tag: int | None
    default: Any
    required: bool
    flexible: bool


def fields_of(cls: Any) -> list[Field]:
    """The fields of a declared class, in wire order."""
    if not cls.resolved:
        names = vars(sys.modules[cls.__module__])
        cls.resolved.extend(_resolve(names, name, *declared) for name, declared in cls.DECLARED.items())
    resolved: list[Field] = cls.resolved
    return resolved


def structs_in(cls: Any) -> Iterator[Any]:
    """The structs that its fields hold, and theirs, in wire order."""
    for each in fields_of(cls):
        inner = (each.type.item or each.type).struct
        if inner is not None:
            yield inner
            yield from structs_in(inner)


def _resolve(names: dict[str, Any], name: str, annotation: str, options: FieldOptions) -> Field:
    text, may_be_null = annotation.removesuffix(" | None"), annotation.endswith(" | None")
    wire_type = _wire_type(names, text)
    versions = Versions.parse(options.versions) if options.versions else EVERY
    nullable = Versions.parse(options.nullable).within(versions) if options.nullable else versions
    default = options.default
    if default is REQUIRED or default is DEFAULTS:
        default = _zero(wire_type)
    return Field(
        name,
        wire_type,
        versions,
        nullable if may_be_null else NONE,
        options.tag,
        default,
        options.default is REQUIRED,
        options.flexible,
    )


def _wire_type(names: dict[str, Any], text: str) -> WireType:
    if text.startswith("list["):
        return WireType("list", item=_wire_type(names, text[5:-1]))
    named = names[text]
    if isinstance(named, type):
        return WireType("struct", struct=named)
    return WireType(named.__metadata__[0])


def _zero(wire_type: WireType) -> Any:
    if wire_type.kind == "list":
        return []
    if wire_type.struct is not None:
        return shared_default(wire_type.struct)
    return ZEROS.get(wire_type.kind, 0)


def shared_default(cls: Any) -> Any:
    """The struct with all fields at their defaults; many messages share it, so it cannot be changed."""
    instance = object.__new__(cls)
    for each in fields_of(cls):
        setattr(instance, each.name, each.default)
    instance.__class__ = type(cls.__name__, (cls,), {"__slots__": (), "__setattr__": _refuse})
    return instance


def _refuse(self: Any, name: str, value: object) -> NoReturn:
    raise AttributeError(
        f"this {type(self).__name__} is a default that many messages share: replace it, not its {name}"
    )
