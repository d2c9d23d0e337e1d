"""Patterns match whole names, of topics as they come and go."""

import pytest

from broker.coordinator.group.consumer.patterns import TopicPatterns
from broker.protocol.errors import ErrorCode, KafkaError
from tests.coordinator.group.consumer.bench import Topics


def test_whole_names_are_matched() -> None:
    patterns = TopicPatterns(Topics(orders=1, orders_eu=1, old_orders=1))
    assert patterns.topics("orders.*") == {"orders", "orders_eu"}
    assert patterns.topics("orders") == {"orders"}
    assert patterns.topics("") == frozenset()


def test_topics_that_come_and_go_are_followed() -> None:
    topics = Topics(a1=1)
    patterns = TopicPatterns(topics)
    assert patterns.topics("a.") == {"a1"}
    topics.set("a2", 1)
    topics.set("b2", 1)
    topics.delete("a1")
    assert patterns.topics("a.") == {"a2"}


def test_patterns_that_nobody_wants_are_forgotten_and_may_come_back() -> None:
    patterns = TopicPatterns(Topics(a=1, b=1))
    patterns.topics("a")
    patterns.topics("b")
    patterns.forget_all_but(["b", ""])
    assert list(patterns._patterns) == ["b"]
    assert patterns.topics("a") == {"a"}


LARGE = "(?:a?){1000}" * 4


@pytest.mark.parametrize("pattern", ["(", "a{1001}", "(?=a)", r"\1", LARGE], ids=range(5))
def test_what_is_no_re2_or_too_large_is_refused(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KafkaError) as refused:
        TopicPatterns(Topics()).check(pattern)
    assert refused.value.code is ErrorCode.INVALID_REGULAR_EXPRESSION
    assert "RE2" in refused.value.message
    assert capfd.readouterr() == ("", ""), "the library speaks for itself"


def test_a_good_one_is_not_refused() -> None:
    patterns = TopicPatterns(Topics())
    patterns.check("")
    patterns.check("orders-[a-z]+")
