"""It is made once, by the first who asks."""

from broker.on_demand import OnDemand


def test_it_is_made_when_it_is_first_asked_for_and_once() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return 7

    thing = OnDemand(make)
    assert thing.made is None
    assert made == []
    assert thing.get() == thing.get() == thing.made == 7
    assert made == [0]
