"""Answers that are kept until something changes."""

from broker.cluster.kept_answers import MOST_KEPT, KeptAnswers


def test_an_answer_is_kept_until_the_version_moves() -> None:
    version = [1]
    answers = KeptAnswers(lambda: version[0])
    answers.put("key", [b"answer"])
    assert answers.get("key") == [b"answer"]
    version[0] += 1
    assert answers.get("key") is None


def test_the_one_kept_longest_makes_room() -> None:
    answers = KeptAnswers(lambda: 1)
    for number in range(MOST_KEPT + 1):
        answers.put(number, [])
    assert answers.get(0) is None
    assert answers.get(1) == answers.get(MOST_KEPT) == []
