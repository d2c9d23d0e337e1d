"""How a setting is declared: name, type, default, limits and meaning in one place.

    class LogSettings(Declarations):
        log_index_interval_bytes = Int(
            4096, "[0,...]", update=CLUSTER_WIDE, acts=True, doc="Bytes between two entries of an index."
        )

The attribute is Kafka's name with `_` for `.`. The second argument is Kafka's own notation of what
is allowed; it is read only when a value has to be judged (`broker.settings.limits`), so that 400
declarations cost next to nothing when a broker starts.

A declaration is a non-data descriptor: the first read of a default puts it into the instance's
`__dict__`, and given values stand there from the beginning.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, overload

from broker.settings.errors import InvalidSetting
from broker.settings.password import HIDDEN, Password

if TYPE_CHECKING:
    from typing import Generic
else:

    class Generic:
        """typing's own takes a millisecond of every start for the classes below."""

        __slots__ = ()

        def __class_getitem__(cls, parameters: object) -> type:
            return cls


HIGH, MEDIUM, LOW = "HIGH", "MEDIUM", "LOW"
READ_ONLY, PER_BROKER, CLUSTER_WIDE = "read-only", "per-broker", "cluster-wide"

MAX_INT = 2**31 - 1
MAX_LONG = 2**63 - 1
MAX_DOUBLE = 1.7976931348623157e308

T = TypeVar("T")


class _Same:
    """Stands for "Kafka's default is the same"."""


_SAME = _Same()


class Setting(Generic[T]):
    """One declared setting. `kafka_default` is Kafka's own default where this broker's differs."""

    type_name: ClassVar[str] = ""
    is_secret: ClassVar[bool] = False

    __slots__ = (
        "_kafka_default",
        "acts",
        "allowed",
        "attribute",
        "default",
        "doc",
        "importance",
        "internal",
        "may_be_empty",
        "name",
        "synonym",
        "update",
    )

    def __init__(
        self,
        default: T,
        allowed: str = "",
        *,
        doc: str,
        importance: str = MEDIUM,
        update: str = READ_ONLY,
        acts: bool = False,
        kafka_default: Any = _SAME,
        internal: bool = False,
        synonym: str | None = None,
        may_be_empty: bool = True,
    ) -> None:
        self.default = default
        self.allowed = allowed
        self.doc = doc
        self.importance = importance
        self.update = update
        self.acts = acts
        self._kafka_default = kafka_default
        self.internal = internal
        self.synonym = synonym
        self.may_be_empty = may_be_empty

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        self.name = attribute.replace("_", ".")

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        value = self.default
        instance.__dict__[self.attribute] = value
        return value

    @property
    def kafka_default(self) -> T | None:
        """Apache Kafka's default; None may also mean that Kafka requires a value."""
        return self.default if isinstance(self._kafka_default, _Same) else self._kafka_default

    @property
    def differs_from_kafka(self) -> bool:
        return not isinstance(self._kafka_default, _Same)

    def parse(self, text: str, *, name: str | None = None) -> T:
        """The value that `text` stands for, by Kafka's rules of reading and its limits.

        Raises: InvalidSetting.
        """
        from broker.settings import limits, values

        name = name or self.name
        value = values.parse(self.type_name, name, text, distinct=limits.is_distinct(self.allowed))
        fault = limits.fault(self.allowed, value, may_be_empty=self.may_be_empty)
        if fault is not None:
            raise InvalidSetting(name, HIDDEN if self.is_secret else text, fault)
        result: T = value
        return result

    def render(self, value: T) -> str | None:
        """The text that DescribeConfigs shows for a value."""
        from broker.settings import values

        return values.render(value)


class Boolean(Setting[bool]):
    type_name = "BOOLEAN"
    __slots__ = ()


class String(Setting[str]):
    type_name = "STRING"
    __slots__ = ()


class NullableString(Setting[str | None]):
    type_name = "STRING"
    __slots__ = ()


class Int(Setting[int]):
    type_name = "INT"
    __slots__ = ()


class NullableInt(Setting[int | None]):
    type_name = "INT"
    __slots__ = ()


class Short(Setting[int]):
    type_name = "SHORT"
    __slots__ = ()


class Long(Setting[int]):
    type_name = "LONG"
    __slots__ = ()


class NullableLong(Setting[int | None]):
    type_name = "LONG"
    __slots__ = ()


class Double(Setting[float]):
    type_name = "DOUBLE"
    __slots__ = ()


class List(Setting[list[str]]):
    type_name = "LIST"
    __slots__ = ()


class NullableList(Setting[list[str] | None]):
    type_name = "LIST"
    __slots__ = ()


class Class(Setting[str | None]):
    """The name of a Java class: known and kept, never loaded."""

    type_name = "CLASS"
    __slots__ = ()


class Secret(Setting[Password | None]):
    type_name = "PASSWORD"
    is_secret = True
    __slots__ = ()


class Declarations:
    """A class whose attributes are settings."""

    @classmethod
    def find(cls, name: str) -> Setting[Any] | None:
        """The setting of that Kafka name, or None."""
        setting = getattr(cls, name.replace(".", "_"), None)
        return setting if isinstance(setting, Setting) and setting.name == name else None

    @classmethod
    def all_settings(cls) -> Iterator[Setting[Any]]:
        """Every setting, sorted by name."""
        found = {
            setting.name: setting
            for declaring in cls.__mro__
            for setting in vars(declaring).values()
            if isinstance(setting, Setting)
        }
        return iter([found[name] for name in sorted(found)])

    @classmethod
    def require(cls, name: str, value: str | None = None) -> Setting[Any]:
        """The setting of that Kafka name. Raises: InvalidSetting: there is none."""
        setting = cls.find(name)
        if setting is None:
            raise InvalidSetting(name, value, "there is no such setting" + cls._similar(name))
        return setting

    @classmethod
    def _similar(cls, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name, [setting.name for setting in cls.all_settings()], 1, 0.8)
        return f"; did you mean {close[0]}?" if close else ""
