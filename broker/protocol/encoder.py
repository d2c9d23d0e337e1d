"""Compiles the encoder of one class in one version: straight-line Python, structs and loops in line.

What the generated source looks like, for `index: Int32` and `name: String` in a flexible version:

    value1 = message.name.encode()
    n2 = len(value1) + 1
    out += pack3(message.index, n2) if n2 < 128 else pack4(message.index) + varint(n2)
    out += value1
    out += b'\\x00'                             # the number of tagged fields

`pack3` writes ">iB": fixed fields go out together, with the first byte of the length that follows.
All goes into one `bytearray`, up to records: those become buffers of their own, uncopied, with another
`bytearray` behind them.
"""

from collections.abc import Callable
from struct import pack
from typing import Any

from broker.protocol.decoder import LENGTHS, has_records
from broker.protocol.fields import Field, WireType, fields_of
from broker.protocol.source import SHORT_LIST, Source, list_format
from broker.protocol.varints import SMALL, varint


def compile_encoder(cls: Any, version: int, first_flexible: int | None) -> Callable[[Any], list[Any]]:
    """A function from an instance of `cls` to its buffers."""
    writer = EncoderWriter(version, first_flexible is not None and version >= first_flexible)
    return writer.write(cls).function("encode", f"encoder of {cls.__name__} v{version}")


class EncoderWriter:
    """Writes one encoder; `_run` holds the fixed-width values that are to be packed next."""

    def __init__(self, version: int, flexible: bool) -> None:
        self._version = version
        self._flexible = flexible
        self._run: list[tuple[str, str]] = []
        self._source = Source(
            "def encode(message):", SMALL=SMALL, varint=varint, pack=pack, list_format=list_format
        )

    def write(self, cls: Any) -> Source:
        source = self._source
        source.line("out = bytearray()")
        if has_records(cls):
            source.line("buffers = []")
        self._struct(cls, "message")
        self._flush()
        if has_records(cls):
            with source.block("if out:"):
                source.line("buffers.append(out)")
            source.line("return buffers")
        else:
            source.line("return [out]")
        return source

    # Fixed-width values are gathered, and written together when something else comes.

    def _write(self, kind: str, value: str) -> None:
        self._run.append((kind, value))

    def _flush(self) -> None:
        run, self._run = self._run, []
        if run:
            self._source.line(f"out += {self._packed(run)}")

    def _packed(self, run: list[tuple[str, str]]) -> str:
        formats = "".join(kind for kind, _ in run)
        if not formats.strip("x"):
            return repr(bytes(len(formats)))
        values = ", ".join(value for kind, value in run if kind != "x")
        return f"{self._source.struct(formats, 'pack')}({values})"

    def _varint(self, value: str) -> None:
        """Write a varint, in the same `pack` as what is before it if it is small."""
        source = self._source
        run, self._run = self._run, []
        if not run:
            source.line(f"out += SMALL[{value}] if {value} < 128 else varint({value})")
            return
        short, long = self._packed([*run, ("B", value)]), self._packed(run)
        source.line(f"out += {short} if {value} < 128 else {long} + varint({value})")

    def _length(self, value: str, kind: str, *, compact: bool) -> None:
        if compact:
            length = self._source.name("n")
            self._source.line(f"{length} = {value} + 1")
            self._varint(length)
        else:
            self._write(LENGTHS[kind][0], value)

    def _null(self, kind: str, *, compact: bool) -> None:
        if compact:
            self._write("x", "")
        else:
            self._write(LENGTHS[kind][0], "-1")

    # Structs and their fields.

    def _struct(self, cls: Any, owner: str) -> None:
        here = [each for each in fields_of(cls) if each.versions.includes(self._version)]
        for each in here:
            if each.tag is None:
                self._field(each, f"{owner}.{each.name}")
        if self._flexible:
            tagged = [each for each in here if each.tag is not None]
            self._tagged_fields(sorted(tagged, key=lambda each: each.tag or 0), owner)

    def _field(self, each: Field, value: str) -> None:
        if each.type.size is not None:
            self._write(each.type.kind, value)
            return
        nullable = each.nullable.includes(self._version)
        compact = self._flexible and each.flexible
        if each.type.struct is not None and not nullable:
            inner = self._source.name("m")
            self._source.line(f"{inner} = {value}")
            self._struct(each.type.struct, inner)
        elif nullable:
            self._nullable(each, value, compact=compact)
        else:
            self._contents(each.type, value, compact=compact)

    def _nullable(self, each: Field, value: str, *, compact: bool) -> None:
        """Both branches begin with the values that are still to be packed."""
        source = self._source
        local = source.name("value")
        source.line(f"{local} = {value}")
        before, is_struct = list(self._run), each.type.struct is not None
        with source.block(f"if {local} is None:"):
            if is_struct:
                self._write("b", "-1")
            else:
                self._null(each.type.kind, compact=compact)
            self._flush()
        self._run = before
        with source.block("else:"):
            if is_struct:
                self._write("b", "1")
                self._struct(each.type.struct, local)
            else:
                self._contents(each.type, local, compact=compact)
            self._flush()

    def _contents(self, wire_type: WireType, value: str, *, compact: bool) -> None:
        """A length, and so many bytes or items."""
        if wire_type.kind == "records":
            self._records(value, compact=compact)
        elif wire_type.item is not None:
            self._items(wire_type, wire_type.item, value, compact=compact)
        else:
            source = self._source
            local = source.name("value")
            source.line(f"{local} = {value}.encode()" if wire_type.kind == "string" else f"{local} = {value}")
            self._length(f"len({local})", wire_type.kind, compact=compact)
            self._flush()
            source.line(f"out += {local}")

    def _items(self, wire_type: WireType, item: WireType, value: str, *, compact: bool) -> None:
        source = self._source
        items, size = source.name("items"), source.name("n")
        source.line(f"{items} = {value}")
        source.line(f"{size} = len({items})")
        self._length(size, wire_type.kind, compact=compact)
        self._flush()
        if item.size is not None:
            packs = source.list_structs(item.kind, "pack")
            with source.block(f"if {size} < {SHORT_LIST}:"):
                source.line(f"out += {packs}[{size}](*{items})")
            with source.block("else:"):
                source.line(f"out += pack(list_format('{item.kind}', {size}), *{items})")
            return
        element = source.name("m")
        with source.block(f"for {element} in {items}:"):
            if item.struct is not None:
                self._struct(item.struct, element)
            else:
                self._contents(item, element, compact=compact)
            self._flush()

    def _records(self, value: str, *, compact: bool) -> None:
        source = self._source
        chunks, size, chunk = source.name("chunks"), source.name("size"), source.name("chunk")
        source.line(f"{chunks} = {value}")
        with source.block(f"if type({chunks}) is list:"):
            source.line(f"{size} = 0")
            with source.block(f"for {chunk} in {chunks}:"):
                source.line(f"{size} += {chunk}.nbytes")
        with source.block("else:"):
            source.line(f"{size} = memoryview({chunks}).nbytes")
            source.line(f"{chunks} = ({chunks},)")
        self._length(size, "records", compact=compact)
        self._flush()
        with source.block(f"if {size}:"):
            source.line("buffers.append(out)")
            source.line(f"buffers += {chunks}")
            source.line("out = bytearray()")

    # Tagged fields.

    def _tagged_fields(self, tagged: list[Field], owner: str) -> None:
        """Those that differ from their defaults, in the order of their tags, each behind its size."""
        if not tagged:
            self._write("x", "")
            return
        self._flush()
        source = self._source
        values = [(each, f"{owner}.{each.name}") for each in tagged]
        with source.block(f"if {' and '.join(self._is_plainly_default(*each) for each in values)}:"):
            source.line("out += b'\\0'")
        with source.block("else:"):
            flags = [source.name("is_set") for _ in values]
            for flag, (each, value) in zip(flags, values, strict=True):
                source.line(f"{flag} = {value} != {self._default(each)}")
            source.line(f"out += SMALL[{' + '.join(flags)}]")
            for flag, (each, value) in zip(flags, values, strict=True):
                with source.block(f"if {flag}:"):
                    self._tagged_field(each, value)

    def _tagged_field(self, each: Field, value: str) -> None:
        source = self._source
        whole = source.name("out")
        source.line(f"{whole}, out = out, bytearray()")
        self._field(each, value)
        self._flush()
        source.line(f"{whole} += varint({each.tag}) + varint(len(out)) + out")
        source.line(f"out = {whole}")

    def _is_plainly_default(self, each: Field, value: str) -> str:
        """A test that is cheap, and may fail for a struct that only equals the default."""
        comparison = "is" if each.default is None or each.type.struct is not None else "=="
        return f"{value} {comparison} {self._default(each)}"

    def _default(self, each: Field) -> str:
        if each.type.struct is not None and each.default is not None:
            return self._source.constant("default", each.default)
        return repr(each.default)
