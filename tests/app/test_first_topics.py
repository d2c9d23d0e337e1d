"""Topics at the start are written as name:partitions[:key=value,...]."""

import pytest

from broker.app.first_topics import FirstTopic, parse_first_topic, parse_first_topics
from broker.settings.errors import InvalidSetting


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("orders", FirstTopic("orders", 1, {})),
        ("orders:3", FirstTopic("orders", 3, {})),
        ("orders::retention.ms=5", FirstTopic("orders", 1, {"retention.ms": "5"})),
        ("a:2:x=1,y=2=3", FirstTopic("a", 2, {"x": "1", "y": "2=3"})),
        (
            "a:2:cleanup.policy=compact,delete,segment.ms=9",
            FirstTopic("a", 2, {"cleanup.policy": "compact,delete", "segment.ms": "9"}),
        ),
    ],
)
def test_a_topic_is_read(text: str, topic: FirstTopic) -> None:
    assert parse_first_topic(text) == topic


@pytest.mark.parametrize("text", [":3", "a:0", "a:-1", "a:many", "a:1:compact", "a:1:=5"])
def test_a_wrong_topic_is_named(text: str) -> None:
    with pytest.raises(InvalidSetting, match=r"kawa.topics=.*must be name:partitions"):
        parse_first_topic(text)


def test_topics_stand_between_blanks() -> None:
    assert [topic.name for topic in parse_first_topics(" a:1  b:2:x=y ")] == ["a", "b"]
    assert parse_first_topics("") == []


def test_a_topic_may_stand_there_twice_but_not_with_two_meanings() -> None:
    assert parse_first_topics("a:1 a:1") == [FirstTopic("a", 1, {})]
    with pytest.raises(InvalidSetting, match="a stands there a second time, and otherwise"):
        parse_first_topics("a:1 b:1 a:2")
