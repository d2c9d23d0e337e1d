"""One broker in one episode: what its topics are called there, and which ids it has given out.

`Side.real` makes a request of symbols one that can be sent; `Side.learn` reads an answer for ids;
`Side.label` is the way back, so that both brokers' answers can be compared.
"""

from collections.abc import Iterator
from typing import Any

from broker.protocol.errors import ErrorCode
from broker.protocol.message import Message
from broker.protocol.uuids import ZERO_UUID
from compat.differential.exchange import Exchange
from compat.differential.pools import FRESH
from compat.differential.symbols import Batch, Id

OWN = "~"
"""How a name begins that belongs to the episode."""

UNKNOWN = {
    "topic_id": bytes(range(16)),
    "producer_id": 987_654_321,
    "session_id": 1_234_567,
    "member_id": "not given out",
}
"""What stands for an id that the broker has not given out."""

NAMES = ("name", "topic")
GIVES_A_MEMBER_ID = (ErrorCode.NONE, ErrorCode.MEMBER_ID_REQUIRED)


class Side:
    """A broker as one episode sees it."""

    def __init__(self, exchange: Exchange, prefix: str) -> None:
        self.exchange = exchange
        self.prefix = prefix
        self.turn = 0
        """Which step it is, for names that nothing has yet."""
        self._values: dict[Id, Any] = {}
        self._labels: dict[tuple[str, Any], str] = {}
        self._seen: dict[str, int] = {}

    def real(self, value: Any) -> Any:
        """The value with every symbol in it replaced by what it stands for here."""
        if isinstance(value, Id):
            return self._values.get(value, UNKNOWN[value.kind])
        if isinstance(value, Batch):
            producer = Id("producer_id", value.producer or "")
            return memoryview(value.to_bytes(self.real(producer)))
        if value == FRESH:
            return f"{self.prefix}fresh{self.turn}"
        if isinstance(value, str):
            return self.prefix + value[1:] if value.startswith(OWN) else value
        if isinstance(value, list):
            return [self.real(item) for item in value]
        if isinstance(value, Message):
            return changeable(value)(**{name: self.real(getattr(value, name)) for name in value.DECLARED})
        return value

    def own(self, text: str) -> str:
        """The name as it stands in requests: `~alpha` for `d17-alpha`."""
        return text.replace(self.prefix, OWN)

    def learn(self, answer: Message) -> None:
        """Notes every id in the answer that was not seen before."""
        for struct in structs(answer):
            topic_id = getattr(struct, "topic_id", None)
            if topic_id and topic_id != ZERO_UUID and not getattr(struct, "error_code", 0):
                name = next((getattr(struct, each) for each in NAMES if getattr(struct, each, None)), None)
                if name is not None:
                    self._note("topic_id", bytes(topic_id), self.own(name).removeprefix(OWN))
            for kind, lowest in (("producer_id", 0), ("session_id", 1)):
                value = getattr(struct, kind, None)
                if isinstance(value, int) and value >= lowest:
                    self._note(kind, value, "")
        member_id = getattr(answer, "member_id", None)
        if member_id and getattr(answer, "error_code", None) in GIVES_A_MEMBER_ID:
            self._note("member_id", member_id, "")

    def _note(self, kind: str, value: Any, name: str) -> None:
        if (kind, value) in self._labels:
            return
        count = self._seen[kind + name] = self._seen.get(kind + name, 0) + 1
        label = f"{name}#{count}" if name else str(count)
        self._labels[kind, value] = label
        self._values[Id(kind, label)] = value
        if name:
            self._values[Id(kind, name)] = value

    def knows(self, kind: str, value: Any) -> bool:
        """Whether the broker has given out that id."""
        return (kind, value) in self._labels

    def label(self, kind: str, value: Any) -> str:
        """How the episode calls an id; one that it has never seen has no name of its own."""
        if (kind, value) in self._labels:
            return f"<{kind} {self._labels[kind, value]}>"
        return f"<unknown {kind}>"


def changeable(message: Message) -> type[Message]:
    """The class of the message; that of one whose default many messages share is its base."""
    cls = type(message)
    return cls if cls.__base__ is Message else cls.__mro__[1]


def structs(value: Any) -> Iterator[Message]:
    """The message and every struct in it."""
    if isinstance(value, Message):
        yield value
        for name in value.DECLARED:
            yield from structs(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from structs(item)


def texts(value: Any) -> Iterator[str]:
    """Every text in a request or an answer."""
    for struct in structs(value):
        for name in struct.DECLARED:
            inside = getattr(struct, name)
            for text in inside if isinstance(inside, list) else [inside]:
                if isinstance(text, str):
                    yield text
