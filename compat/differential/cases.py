"""Requests out of the message declarations.

`systematic` gives, for an API in a version, the usual request and, for each of its fields, one request
for every other value of the field's pool: lists also empty, with two items, with the same one twice, and
null where that may be. `drawn` gives requests in which every field was drawn by chance.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from broker.protocol.fields import Field, WireType, fields_of
from broker.protocol.messages import MESSAGES, request_class
from compat.differential.pools import BY_KIND, Pool, pool_of

PRODUCE = 0
MUTATING = frozenset({19, 20, 37, 43, 45, 33, 44})
"""APIs after which Apache Kafka's brokers take a moment to know what its controller has decided."""

FIELDS_THAT_NAME_SETS = ("assignments", "cursor")


class Step(NamedTuple):
    """One request of an episode. `cut` and `extra`: bytes taken off its end, or put there."""

    key: int
    version: int
    request: Any
    cut: int = 0
    extra: int = 0

    @property
    def api(self) -> str:
        return MESSAGES[self.key].name


def systematic(key: int, version: int) -> Iterator[Step]:
    """Raises: KeyError: there is no such API."""
    api, cls = MESSAGES[key].name, request_class(key)
    yield Step(key, version, _usual(api, cls, version))
    for request in _variants(api, cls, version):
        yield Step(key, version, request)
    if any(each.versions.includes(version) for each in fields_of(cls)):
        yield Step(key, version, _usual(api, cls, version), cut=1)
    yield Step(key, version, _usual(api, cls, version), extra=3)


def drawn(key: int, version: int, random: Random) -> Step:
    """Of Produce only requests that name a partition once: what others leave behind is known to differ."""
    while True:
        request = _drawn(MESSAGES[key].name, request_class(key), version, random)
        if key != PRODUCE or not _names_twice(request):
            return Step(key, version, request)


def _names_twice(request: Any) -> bool:
    places = [
        (topic.name, topic.topic_id, part.index)
        for topic in request.topic_data
        for part in topic.partition_data
    ]
    return any(place in places[:position] for position, place in enumerate(places))


def _usual(api: str, cls: Any, version: int) -> Any:
    return cls(**{each.name: _usual_value(api, cls, each, version) for each in fields_of(cls)})


def _usual_value(api: str, cls: Any, field: Field, version: int) -> Any:
    pool = _pool(api, cls, field)
    if field.tag is not None or not field.versions.includes(version):
        return _copied(field.default)
    if field.name in FIELDS_THAT_NAME_SETS:
        return _copied(pool.valid[0]) if pool.valid else _copied(field.default)
    item = field.type.item
    if item is not None:
        return [_usual(api, item.struct, version)] if item.struct is not None else [pool.valid[0]]
    if field.type.struct is not None:
        return _usual(api, field.type.struct, version)
    usual = pool.valid[0]
    return field.default if usual is None and not field.nullable.includes(version) else usual


def _variants(api: str, cls: Any, version: int) -> Iterator[Any]:
    """The usual struct with one thing changed, in it or below it."""
    for field in fields_of(cls):
        if field.versions.includes(version):
            for value in _other_values(api, cls, field, version):
                changed = _usual(api, cls, version)
                setattr(changed, field.name, value)
                yield changed


def _other_values(api: str, cls: Any, field: Field, version: int) -> Iterator[Any]:
    pool, inner = _pool(api, cls, field), field.type.item or field.type
    if field.nullable.includes(version) and _usual_value(api, cls, field, version) is not None:
        yield None
    if field.type.item is not None:
        yield []
    for value in _inner_values(api, inner, pool, version, nullable=field.nullable.includes(version)):
        yield value if field.type.item is None else [value]
    if field.type.item is not None:
        yield from _pairs(api, inner, pool, version)


def _inner_values(api: str, inner: WireType, pool: Pool, version: int, *, nullable: bool) -> Iterator[Any]:
    if inner.struct is not None:
        if pool.valid or inner.struct.__name__ in ("Cursor", "ReplicaState"):
            yield _usual(api, inner.struct, version)
        yield from _variants(api, inner.struct, version)
        return
    for value in (*pool.valid[1:], *pool.others):
        if value is not None or nullable:
            yield value


def _pairs(api: str, inner: WireType, pool: Pool, version: int) -> Iterator[list[Any]]:
    if inner.struct is None:
        yield [pool.valid[0], pool.valid[0]]
        yield [*pool.valid, *pool.others[:1]]
        return
    usual = _usual(api, inner.struct, version)
    yield [usual, _usual(api, inner.struct, version)]
    for field in fields_of(inner.struct)[:2]:
        if field.versions.includes(version) and field.type.item is None and field.type.struct is None:
            other = _usual(api, inner.struct, version)
            choices = _pool(api, inner.struct, field)
            for value in (*choices.valid[1:2], *choices.others[:1]):
                if value is not None:
                    setattr(other, field.name, value)
                    yield [_usual(api, inner.struct, version), other]
                    break


def _drawn(api: str, cls: Any, version: int, random: Random) -> Any:
    return cls(**{each.name: _drawn_value(api, cls, each, version, random) for each in fields_of(cls)})


def _drawn_value(api: str, cls: Any, field: Field, version: int, random: Random) -> Any:
    if not field.versions.includes(version) or (field.tag is not None and random.random() < 0.8):
        return _copied(field.default)
    if field.nullable.includes(version) and random.random() < 0.1:
        return None
    pool, inner = _pool(api, cls, field), field.type.item or field.type
    if field.type.item is None:
        return _drawn_inner(api, inner, pool, version, random, nullable=field.nullable.includes(version))
    count = random.choice([0, 1, 1, 1, 1, 2, 2, 3])
    return [_drawn_inner(api, inner, pool, version, random, nullable=False) for _ in range(count)]


def _drawn_inner(
    api: str, inner: WireType, pool: Pool, version: int, random: Random, *, nullable: bool
) -> Any:
    if inner.struct is not None:
        return _drawn(api, inner.struct, version, random)
    odd = [value for value in pool.others if value is not None or nullable]
    usual = [value for value in pool.valid if value is not None or nullable]
    if odd and (not usual or random.random() < 0.12):
        return random.choice(odd)
    return random.choice(usual or BY_KIND[inner.kind].valid)


def _pool(api: str, cls: Any, field: Field) -> Pool:
    return pool_of(api, cls.__name__, field.name, (field.type.item or field.type).kind)


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value
