import pytest

from broker.settings.errors import InvalidSetting
from broker.settings.limits import is_distinct, words
from broker.settings.setting import Declarations, Double, Int, List, Secret, String

PAIRS = "[partitionId]:[brokerId],[partitionId]:[brokerId],..."


class Some(Declarations):
    least = Int(1, "[1,...]", doc="")
    span = Int(1, "[-3,...,9]", doc="")
    span_or = Int(1, "[1,...,9] or -1", doc="")
    ratio = Double(0.5, "[0,...,0.5]", doc="")
    word = String("a", "[a, bc]", doc="")
    any_case = String("a", "(case insensitive) [A, BC]", doc="")
    begin = String("latest", "[latest, earliest, by_duration:PnDTnHnMn.nS]", doc="")
    text = String("a", "non-empty string", doc="")
    not_null = String("", "non-null string", doc="")
    choice = List(["a"], "[a, bc]", doc="")
    some_choice = List(["a"], "[a, bc]", may_be_empty=False, doc="")
    quorum = List([], "non-empty list", doc="")
    replicas = List([], PAIRS, doc="")
    secret = Secret(None, "non-empty string", doc="")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("least", "1"),
        ("least", "2147483647"),
        ("span", "-3"),
        ("span", "9"),
        ("span.or", "-1"),
        ("span.or", "9"),
        ("ratio", "0"),
        ("ratio", "0.5"),
        ("ratio", "NaN"),  # Kafka compares, and NaN is neither below nor above
        ("word", "bc"),
        ("any.case", "bC"),
        ("begin", "earliest"),
        ("begin", "by_duration:P1DT2H3M4.5S"),
        ("begin", "by_duration:pt0s"),
        ("text", "a"),
        ("not.null", ""),
        ("choice", ""),
        ("choice", "bc,a"),
        ("some.choice", "bc"),
        ("quorum", ""),
        ("quorum", "a,a"),
        ("replicas", "*"),
        ("replicas", ""),
        ("replicas", "0:1,0:1,12:3"),
    ],
)
def test_what_is_allowed_is_taken(name: str, text: str) -> None:
    Some.require(name).parse(text)


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("least", "0", "must be at least 1"),
        ("span", "-4", "must be from -3 to 9"),
        ("span", "10", "must be from -3 to 9"),
        ("span.or", "0", "must be from 1 to 9 or -1"),
        ("span.or", "-2", "must be from 1 to 9 or -1"),
        ("ratio", "0.51", "must be from 0 to 0.5"),
        ("ratio", "-Infinity", "must be from 0 to 0.5"),
        ("word", "A", "must be one of a, bc"),
        ("word", "", "must be one of a, bc"),
        ("any.case", "d", "must be one of (in any case) A, BC"),
        ("begin", "LATEST", "must be one of latest, earliest, by_duration:PnDTnHnMn.nS"),
        ("begin", "by_duration:-PT1S", "must be one of latest, earliest, by_duration:PnDTnHnMn.nS"),
        ("begin", "by_duration:P", "must be one of latest, earliest, by_duration:PnDTnHnMn.nS"),
        ("begin", "by_duration:PT", "must be one of latest, earliest, by_duration:PnDTnHnMn.nS"),
        ("text", " ", "must not be empty"),
        ("choice", "a,d", "must consist of a, bc"),
        ("choice", "a,,bc", "must not contain an empty element"),
        ("some.choice", "", "must not be empty"),
        ("replicas", "*,0:1", "must be *, or pairs partition:broker"),
        ("replicas", "0-1", "must be *, or pairs partition:broker"),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, text: str, allowed: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        Some.require(name).parse(text)
    assert refused.value.allowed == allowed
    assert refused.value.value == text


def test_a_refused_secret_is_not_told() -> None:
    class Choosy(Declarations):
        secret = Secret(None, "[a, b]", doc="")

    with pytest.raises(InvalidSetting) as refused:
        Choosy.secret.parse("hush")
    assert "hush" not in str(refused.value)


def test_the_words_stand_between_the_brackets() -> None:
    assert words("(case insensitive) [A, B]") == ["A", "B"]


def test_kafka_keeps_equal_elements_of_lists_with_rules_of_their_own() -> None:
    assert [is_distinct(allowed) for allowed in ("", "[a, b]", PAIRS, "non-empty list")] == [
        True,
        True,
        False,
        False,
    ]
