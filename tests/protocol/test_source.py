import traceback

import pytest

from broker.protocol.source import Source, list_format


def test_blocks_are_indented() -> None:
    source = Source("def choose(number):")
    with source.block("if number > 0:"):
        source.line("return 'more'")
    source.line("return 'less'")
    assert source.text().splitlines()[2] == "        return 'more'"
    assert source.function("choose", "chooser")(1) == "more"


def test_names_do_not_clash() -> None:
    source = Source("def nothing():")
    assert source.name("n") != source.name("n")


def test_constants_are_found_under_their_names() -> None:
    source = Source("def answer():")
    thing = object()
    source.line(f"return {source.constant('thing', thing)}")
    assert source.function("answer", "test")() is thing


def test_one_struct_serves_all_fields_of_the_same_formats() -> None:
    source = Source("def read(data):")
    name = source.struct("iB", "unpack_from")
    assert source.struct("iB", "unpack_from") == name
    assert source.struct("iB", "pack") != name
    source.line(f"return {name}(data, 1)")
    assert source.function("read", "test")(b"\0\0\0\0\7\1") == (7, 1)


def test_short_lists_have_a_struct_for_each_length() -> None:
    source = Source("def read(count, data):")
    name = source.list_structs("h", "unpack_from")
    assert source.list_structs("h", "unpack_from") == name
    source.line(f"return {name}[count](data)")
    read = source.function("read", "test")
    assert [read(count, b"\0\1\0\2") for count in range(3)] == [(), (1,), (1, 2)]


def test_items_of_a_list_have_no_padding_between_them() -> None:
    assert (list_format("i", 3), list_format("16s", 2), list_format("16s", 0)) == (">3i", ">16s16s", ">")


def test_a_traceback_names_what_was_compiled() -> None:
    source = Source("def fail():")
    source.line("return 1 / 0")
    with pytest.raises(ZeroDivisionError) as raised:
        source.function("fail", "decoder of X v1")()
    assert traceback.extract_tb(raised.tb)[-1].filename == "<decoder of X v1>"
