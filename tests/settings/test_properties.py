import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.settings.properties import parse_properties


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# said\n! nothing\n\n   # here", {}),
        ("a=b", {"a": "b"}),
        ("a:b", {"a": "b"}),
        ("a b", {"a": "b"}),
        ("  a  =  b c  ", {"a": "b c  "}),
        ("a\t:\tb", {"a": "b"}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a==b", {"a": "=b"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=b\r\nc=d\re=f", {"a": "b", "c": "d", "e": "f"}),
        ("a=1\na=2", {"a": "2"}),
        ("a=b,\\\n   c,\\\n   d", {"a": "b,c,d"}),
        ("a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        ("a=b\\", {"a": "b"}),
        ("a=b\\\n# c", {"a": "b# c"}),
        ("a=b\\\n\nc=d", {"a": "b", "c": "d"}),
        ("a\\=b=c", {"a=b": "c"}),
        ("a\\ b\\:=c", {"a b:": "c"}),
        ("a=\\t\\n\\r\\f\\x", {"a": "\t\n\r\fx"}),
        ("a=\\u00e4\\u20AC", {"a": "ä€"}),
        ("listeners=PLAINTEXT://:9092", {"listeners": "PLAINTEXT://:9092"}),
    ],
)
def test_lines_are_read_as_java_reads_them(text: str, values: dict[str, str]) -> None:
    assert parse_properties(text) == values


@pytest.mark.parametrize("text", ["a=\\u12", "a=\\u12xy", "a=\\u"])
def test_half_an_escape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="four hexadecimal digits"):
        parse_properties(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        values = parse_properties(text)
    except ValueError:
        return
    assert all(isinstance(value, str) for value in values.values())
