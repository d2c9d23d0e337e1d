"""Compiles the decoder of one class in one version: straight-line Python, structs and loops in line.

What the generated source looks like, for `index: Int32` and `name: String` in a flexible version:

    m1 = new(Class2)
    m1.index, n3 = unpack_from4(data, at)      # ">iB": the fixed fields in one read, and with them
    at += 5                                    # the first byte of the length that follows
    if n3 > 127:
        n3, at = longer_varint(data, at, n3)
    if not n3:
        raise ValueError('name is null')
    stop = at + n3 - 1
    if stop > end:
        raise ValueError('name is longer than what is left')
    m1.name = data[at:stop].decode()
    at = stop
    n5 = data[at]                              # the number of tagged fields
    at += 1
    if n5:
        at = skip_tagged_fields(data, at, n5, end)

Whatever is wrong with the bytes comes out as ValueError, IndexError or struct.error; lengths are
compared with the bytes that are left before anything is made of that size.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from broker.protocol.fields import Field, WireType, fields_of, structs_in
from broker.protocol.source import SHORT_LIST, Source, list_format
from broker.protocol.varints import longer_varint
from broker.protocol.versions import EVERY, NONE

LENGTHS = {"string": ("h", 2), "bytes": ("i", 4), "records": ("i", 4), "list": ("i", 4)}
"""The format of a length that is not compact, and its bytes."""


def compile_decoder(cls: Any, version: int, first_flexible: int | None) -> Callable[[Any], Any]:
    """A function from the bytes to an instance of `cls`; bytes behind its end are left alone."""
    writer = DecoderWriter(version, first_flexible is not None and version >= first_flexible)
    return writer.write(cls).function("decode", f"decoder of {cls.__name__} v{version}")


def has_records(cls: Any) -> bool:
    return any(each.type.kind == "records" for held in (cls, *structs_in(cls)) for each in fields_of(held))


def smallest_size(fields: Sequence[Field], version: int, *, flexible: bool) -> int:
    """The fewest bytes these fields take, a count of tagged fields included."""
    size = int(flexible)
    for each in fields:
        if each.versions.includes(version) and each.tag is None:
            size += _smallest_field(each, version, flexible=flexible)
    return size


def _smallest_field(each: Field, version: int, *, flexible: bool) -> int:
    if each.type.struct is not None:
        if each.nullable.includes(version):
            return 1
        return smallest_size(fields_of(each.type.struct), version, flexible=flexible)
    if each.type.size is not None:
        return each.type.size
    return 1 if flexible and each.flexible else LENGTHS[each.type.kind][1]


class DecoderWriter:
    """Writes one decoder; `_run` holds the formats that are to be read next, and what gets their values."""

    def __init__(self, version: int, flexible: bool) -> None:
        self._version = version
        self._flexible = flexible
        self._in_place = False
        self._run: list[tuple[str, str]] = []
        self._source = Source(
            "def decode(data):",
            new=object.__new__,
            unpack_from=struct.unpack_from,
            list_format=list_format,
            longer_varint=longer_varint,
            skip_tagged_fields=skip_tagged_fields,
        )

    def write(self, cls: Any) -> Source:
        source = self._source
        self._in_place = has_records(cls)
        if not self._in_place:
            source.line("data = bytes(data)")  # slices of bytes are cheaper, and there is little to copy
        source.line("at = 0")
        source.line("end = len(data)")
        result = source.name("m")
        source.line(f"{result} = new({source.constant('Class', cls)})")
        self._struct(cls, result)
        self._flush()
        source.line(f"return {result}")
        return source

    # Fixed-width fields are gathered, and read together when something else comes.

    def _read(self, kind: str, target: str) -> None:
        self._run.append((kind, target))

    def _flush(self) -> None:
        run, self._run = self._run, []
        if not run:
            return
        formats = "".join(kind for kind, _ in run)
        if formats == "B":
            self._source.line(f"{run[0][1]} = data[at]")
            self._source.line("at += 1")
            return
        unpack = self._source.struct(formats, "unpack_from")
        targets = ", ".join(target for _, target in run)
        comma = "," if len(run) == 1 else ""
        self._source.line(f"{targets}{comma} = {unpack}(data, at)")
        self._source.line(f"at += {struct.calcsize('>' + formats)}")

    def _length(self, kind: str, *, compact: bool) -> str:
        """Read a length; the name that has it. Compact ones are one too large, and 0 is null."""
        length = self._source.name("n")
        self._read("B" if compact else LENGTHS[kind][0], length)
        self._flush()
        if compact:
            self._whole_varint(length)
        return length

    def _whole_varint(self, name: str) -> None:
        with self._source.block(f"if {name} > 127:"):
            self._source.line(f"{name}, at = longer_varint(data, at, {name})")

    # Structs and their fields.

    def _struct(self, cls: Any, owner: str) -> None:
        tagged: list[Field] = []
        for each in fields_of(cls):
            target = f"{owner}.{each.name}"
            if not each.versions.includes(self._version):
                self._default(each, target)
            elif each.tag is not None:
                self._default(each, target)
                tagged.append(each)
            else:
                self._field(each, target)
        if self._flexible:
            self._tagged_fields(tagged, owner)

    def _default(self, each: Field, target: str) -> None:
        simple = each.default is None or isinstance(each.default, int | float | str | bytes | list)
        value = repr(each.default) if simple else self._source.constant("default", each.default)
        self._source.line(f"{target} = {value}")

    def _field(self, each: Field, target: str) -> None:
        nullable = each.nullable.includes(self._version)
        if each.type.size is not None:
            self._read(each.type.kind, target)
        elif each.type.struct is not None:
            self._inner_struct(each, target, nullable=nullable)
        else:
            compact = self._flexible and each.flexible
            length = self._length(each.type.kind, compact=compact)
            self._sized(each, target, length, nullable=nullable, compact=compact)

    def _inner_struct(self, each: Field, target: str, *, nullable: bool) -> None:
        source = self._source
        inner = source.name("m")
        make = f"{inner} = {target} = new({source.constant('Class', each.type.struct)})"
        if not nullable:
            source.line(make)
            self._struct(each.type.struct, inner)
            return
        there = source.name("n")
        self._read("b", there)
        self._flush()
        with source.block(f"if {there} < 0:"):
            source.line(f"{target} = None")
        with source.block("else:"):
            source.line(make)
            self._struct(each.type.struct, inner)
            self._flush()

    def _sized(self, each: Field, target: str, length: str, *, nullable: bool, compact: bool) -> None:
        """What has a length before it: null, or so many bytes or items."""
        source = self._source
        is_null = f"not {length}" if compact else f"{length} < 0"
        if nullable:
            with source.block(f"if {is_null}:"):
                source.line(f"{target} = None")
            with source.block("else:"):
                self._contents(each, target, length, less=int(compact))
        else:
            with source.block(f"if {is_null}:"):
                source.line(f"raise ValueError('{each.name} is null')")
            self._contents(each, target, length, less=int(compact))

    def _contents(self, each: Field, target: str, length: str, *, less: int) -> None:
        if each.type.item is not None:
            self._items(each.type.item, each.name, target, f"{length} - 1" if less else length)
            return
        source = self._source
        source.line(f"stop = at + {length} - 1" if less else f"stop = at + {length}")
        with source.block("if stop > end:"):
            source.line(f"raise ValueError('{each.name} is longer than what is left')")
        self._slice(each.type, target)
        source.line("at = stop")

    def _slice(self, wire_type: WireType, target: str) -> None:
        if wire_type.kind == "records":
            value = "data[at:stop]"
        elif wire_type.kind == "bytes":
            value = "bytes(data[at:stop])" if self._in_place else "data[at:stop]"
        else:
            value = "str(data[at:stop], 'utf-8')" if self._in_place else "data[at:stop].decode()"
        self._source.line(f"{target} = {value}")

    def _items(self, item: WireType, name: str, target: str, count: str) -> None:
        source = self._source
        number = source.name("n")
        source.line(f"{number} = {count}")
        least = self._smallest_item(item)
        with source.block(f"if {number} * {least} > end - at:"):
            source.line(f"raise ValueError('{name} has more items than there are bytes left')")
        if item.size is not None:
            unpacks = source.list_structs(item.kind, "unpack_from")
            with source.block(f"if {number} < {SHORT_LIST}:"):
                source.line(f"{target} = list({unpacks}[{number}](data, at))")
            with source.block("else:"):
                source.line(f"{target} = list(unpack_from(list_format('{item.kind}', {number}), data, at))")
            source.line(f"at += {item.size} * {number}")
            return
        items, append = source.name("items"), source.name("append")
        source.line(f"{items} = {target} = []")
        source.line(f"{append} = {items}.append")
        with source.block(f"for _ in range({number}):"):
            if item.struct is not None:
                element = source.name("m")
                source.line(f"{element} = new({source.constant('Class', item.struct)})")
                source.line(f"{append}({element})")
                self._struct(item.struct, element)
            else:
                element = source.name("value")
                length = self._length(item.kind, compact=self._flexible)
                each = _item_field(name, item)
                self._sized(each, element, length, nullable=False, compact=self._flexible)
                source.line(f"{append}({element})")
            self._flush()

    def _smallest_item(self, item: WireType) -> int:
        return max(1, _smallest_field(_item_field("item", item), self._version, flexible=self._flexible))

    # Tagged fields.

    def _tagged_fields(self, tagged: list[Field], owner: str) -> None:
        source = self._source
        count = source.name("n")
        self._read("B", count)
        self._flush()
        with source.block(f"if {count}:"):
            if not tagged:
                source.line(f"at = skip_tagged_fields(data, at, {count}, end)")
                return
            self._whole_varint(count)
            tag, size, behind = source.name("tag"), source.name("n"), source.name("behind")
            with source.block(f"for _ in range({count}):"):
                for name in (tag, size):
                    self._read("B", name)
                    self._flush()
                    self._whole_varint(name)
                source.line(f"{behind} = at + {size}")
                with source.block(f"if {behind} > end:"):
                    source.line("raise ValueError('a tagged field is longer than what is left')")
                word = "if"
                for each in tagged:
                    with source.block(f"{word} {tag} == {each.tag}:"):
                        self._field(each, f"{owner}.{each.name}")
                        self._flush()
                    word = "elif"
                with source.block("else:"):
                    source.line(f"at = {behind}")
                with source.block(f"if at != {behind}:"):
                    source.line(f"raise ValueError(f'tagged field {{{tag}}} has another size than it says')")


def _item_field(name: str, item: WireType) -> Field:
    """An item of a list as a field: in every version, never null."""
    return Field(name, item, EVERY, NONE, None, None, True, True)


def skip_tagged_fields(data: Any, at: int, count: int, end: int) -> int:
    """Pass over tagged fields that nobody knows; `count` is the first byte of their number.

    Returns: where the last one ends.
    """
    if count > 127:
        count, at = longer_varint(data, at, count)
    for _ in range(count):
        for is_size in (False, True):
            number = data[at]
            at += 1
            if number > 127:
                number, at = longer_varint(data, at, number)
            if is_size:
                at += number
        if at > end:
            raise ValueError("a tagged field is longer than what is left")
    return at
