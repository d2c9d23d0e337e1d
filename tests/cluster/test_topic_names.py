"""What a topic may be called."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.cluster.topic_names import check_collision, check_topic_name
from broker.protocol.errors import ErrorCode, KafkaError

LEGAL = string.ascii_letters + string.digits + "._-"
legal_names = st.text(LEGAL, min_size=1, max_size=249).filter(lambda name: name not in {".", ".."})


@given(legal_names)
def test_legal_names(name: str) -> None:
    check_topic_name(name)


@given(legal_names, st.characters(codec="utf-8", exclude_characters=LEGAL), st.data())
def test_a_single_other_character_is_too_much(name: str, other: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, min(len(name), 248)))
    with pytest.raises(KafkaError) as refused:
        check_topic_name((name[:position] + other + name[position:])[:249])
    assert refused.value.code is ErrorCode.INVALID_TOPIC_EXCEPTION


@pytest.mark.parametrize("name", ["", ".", "..", "a" * 250, "a\n", "ä", "a b", "a/b"])
def test_illegal_names(name: str) -> None:
    with pytest.raises(KafkaError) as refused:
        check_topic_name(name)
    assert refused.value.code is ErrorCode.INVALID_TOPIC_EXCEPTION


@pytest.mark.parametrize(("name", "other"), [("a.b", "a_b"), ("a_b", "a.b"), ("a._", "a_.")])
def test_names_that_metrics_would_take_for_each_other(name: str, other: str) -> None:
    with pytest.raises(KafkaError, match="collides") as refused:
        check_collision(name, ["x", other])
    assert refused.value.code is ErrorCode.INVALID_TOPIC_EXCEPTION


@given(legal_names)
def test_a_name_does_not_collide_with_itself(name: str) -> None:
    check_collision(name, [name])


def test_names_that_differ_otherwise_do_not_collide() -> None:
    check_collision("a.b", ["ab", "a-b", "a.b.c"])
    check_collision("ab", ["a.b", "a_b"])
