import pytest

from broker.coordinator.group.assignors import ASSIGNORS, Assignor
from tests.coordinator.group.assignors.groups import member


def test_uniform_is_the_default() -> None:
    assert list(ASSIGNORS) == ["uniform", "range"]


@pytest.mark.parametrize(("name", "assignor"), ASSIGNORS.items())
def test_each_assignor_is_found_by_its_name_and_answers_for_every_member(
    name: str, assignor: Assignor
) -> None:
    assert assignor.name == name
    assert assignor.assign({"m1": member("a"), "m2": member("b")}, {b"a": 1}) == {
        "m1": {b"a": frozenset({0})},
        "m2": {},
    }
