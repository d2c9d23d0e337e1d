from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.settings.errors import InvalidSetting
from broker.settings.password import Password
from broker.settings.values import parse, render


def parsed(type_name: str, text: str) -> Any:
    return parse(type_name, "some.name", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("+7", 7),
        ("-7", -7),
        ("007", 7),
        (" 7\n", 7),
        ("-0", 0),
        ("٣", 3),
        ("2147483647", 2**31 - 1),
    ],
)
def test_a_whole_number_has_javas_syntax(text: str, value: int) -> None:
    assert parsed("INT", text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "+", "-", "1_000", "0x10", "1.0", "1e3", "1 0", "--1", "+-1", "1L", "²", "\u20037"]
)
def test_what_is_no_number_in_java_is_none_here(text: str) -> None:
    with pytest.raises(InvalidSetting, match="must be a whole number from -2147483648 to 2147483647"):
        parsed("INT", text)


@pytest.mark.parametrize(("type_name", "bits"), [("SHORT", 16), ("INT", 32), ("LONG", 64)])
def test_a_whole_number_fits_its_type(type_name: str, bits: int) -> None:
    least, most = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    assert parsed(type_name, str(least)) == least
    assert parsed(type_name, str(most)) == most
    for beyond in (least - 1, most + 1):
        with pytest.raises(InvalidSetting):
            parsed(type_name, str(beyond))


def test_a_very_long_number_is_refused_like_any_other() -> None:
    with pytest.raises(InvalidSetting):
        parsed("LONG", "9" * 10_000)
    assert parsed("INT", "0" * 10_000 + "5") == 5


@pytest.mark.parametrize(("text", "value"), [("true", True), (" TRUE ", True), ("False", False)])
def test_true_and_false_are_taken_in_any_case(text: str, value: bool) -> None:
    assert parsed("BOOLEAN", text) is value


@pytest.mark.parametrize("text", ["", "yes", "1", "on"])
def test_nothing_else_is_true_or_false(text: str) -> None:
    with pytest.raises(InvalidSetting, match="must be true or false"):
        parsed("BOOLEAN", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("2f", 2.0),
        ("2.5D", 2.5),
        ("0x1.8p1", 3.0),
        ("0x1p9999", float("inf")),
        ("-0x1p9999", float("-inf")),
        ("Infinity", float("inf")),
        ("-Infinity", float("-inf")),
        (" 1 ", 1.0),
    ],
)
def test_a_double_has_javas_syntax(text: str, value: float) -> None:
    assert parsed("DOUBLE", text) == value


def test_not_a_number_is_a_double() -> None:
    value = parsed("DOUBLE", "NaN")
    assert value != value  # noqa: PLR0124 - what NaN is


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_0", "1,5", "0x10", "e3", "."])
def test_what_is_no_double_in_java_is_none_here(text: str) -> None:
    with pytest.raises(InvalidSetting, match="must be a number"):
        parsed("DOUBLE", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", []),
        ("  ", []),
        ("a", ["a"]),
        (" a , b,c ", ["a", "b", "c"]),
        ("a,,b", ["a", "", "b"]),
        (",", [""]),
        ("b,a,b", ["b", "a"]),
    ],
)
def test_a_list_is_split_at_commas_and_keeps_the_first_of_equals(text: str, value: list[str]) -> None:
    assert parsed("LIST", text) == value


def test_a_list_may_keep_equal_elements() -> None:
    assert parse("LIST", "some.name", "b,a,b", distinct=False) == ["b", "a", "b"]


def test_a_text_and_a_secret_are_trimmed() -> None:
    assert parsed("STRING", "\t a b \x00") == "a b"
    assert parsed("PASSWORD", " hush ") == Password("hush")


def test_a_class_is_a_java_name() -> None:
    assert parsed("CLASS", " org.example.Outer$Inner ") == "org.example.Outer$Inner"
    for text in ("", "a b", "a..b", "1a", "a."):
        with pytest.raises(InvalidSetting, match="must be the name of a Java class"):
            parsed("CLASS", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (-1, "-1"),
        (["a", "b"], "a,b"),
        ([], ""),
        (Password("hush"), "[hidden]"),
        (0.5, "0.5"),
        (1.0, "1.0"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.00012345, "1.2345E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (-12345678.9, "-1.23456789E7"),
        (1e16, "1.0E16"),
        (1e22, "1.0E22"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (2.2250738585072014e-308, "2.2250738585072014E-308"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_values_are_written_as_java_writes_them(value: Any, text: str | None) -> None:
    assert render(value) == text


@given(st.floats(allow_nan=False))
def test_every_double_is_read_back_as_it_was_written(value: float) -> None:
    text = render(value)
    assert text is not None
    assert parsed("DOUBLE", text) == value


@given(st.sampled_from(["BOOLEAN", "SHORT", "INT", "LONG", "DOUBLE", "LIST", "STRING", "CLASS"]), st.text())
def test_any_text_is_read_or_refused(type_name: str, text: str) -> None:
    try:
        value = parsed(type_name, text)
    except InvalidSetting:
        return
    assert value is not None
