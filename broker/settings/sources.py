"""Where settings come from: the command line, before the environment, before a file.

| source | unknown name | value of the wrong type |
| --- | --- | --- |
| command line, TOML file, `KAWA_*`, and `kawa.*` anywhere | stops the start | stops the start |
| `KAFKA_*`, `server.properties` | one warning for each, and it is left out | stops the start |

The second row carries settings for a whole Apache Kafka, of which Kawa knows the broker's.

Environment: `KAFKA_LOG_SEGMENT_BYTES` is log.segment.bytes, and `KAWA_DURABILITY` is kawa.durability;
`_` stands for a dot, `__` for an underscore, `___` for a dash. What Apache's image keeps for its
scripts is passed over. `CLUSTER_ID` is kawa.cluster.id. As in that image, advertised listeners
without listeners are listened for on every address.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting

KAFKA_PREFIX, KAWA_PREFIX = "KAFKA_", "KAWA_"
CLUSTER_ID = "CLUSTER_ID"
OWN = "kawa."
TOML = ".toml"

SCRIPT_VARIABLES = frozenset(
    {
        "KAFKA_DEBUG",
        "KAFKA_GC_LOG_OPTS",
        "KAFKA_HEAP_OPTS",
        "KAFKA_HOME",
        "KAFKA_JMX_HOSTNAME",
        "KAFKA_JMX_OPTS",
        "KAFKA_JMX_PORT",
        "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_LOG4J_LOGGERS",
        "KAFKA_LOG4J_OPTS",
        "KAFKA_LOG4J_ROOT_LOGLEVEL",
        "KAFKA_OPTS",
        "KAFKA_SSL_KEYSTORE_CREDENTIALS",
        "KAFKA_SSL_KEYSTORE_FILENAME",
        "KAFKA_SSL_KEY_CREDENTIALS",
        "KAFKA_SSL_TRUSTSTORE_CREDENTIALS",
        "KAFKA_SSL_TRUSTSTORE_FILENAME",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL",
        "KAFKA_VERSION",
    }
)
"""Read by the scripts of Apache's image, and no settings of the broker."""


class Gathered(NamedTuple):
    """Known names with texts of the right type, and one line for each name that was left out."""

    values: dict[str, str]
    warnings: list[str]


def gather(
    *,
    command_line: Iterable[tuple[str, str]] = (),
    environment: Mapping[str, str] | None = None,
    file: str | None = None,
) -> Gathered:
    """Everything that was set, by the rules above.

    Raises: InvalidSetting: one line with the setting, the value, what is allowed, and where it stood.
    """
    found = Gathered({}, [])
    if file is not None:
        values = read_file(file)
        _take(found, values, where=file, foreign=not file.endswith(TOML))
    kafka, own = read_environment(environment or {})
    if "advertised.listeners" in kafka and "listeners" not in kafka | found.values:
        kafka["listeners"] = _on_every_address(kafka["advertised.listeners"])
    _take(found, kafka, where="the environment", foreign=True)
    _take(found, own, where="the environment", foreign=False)
    _take(found, dict(command_line), where="the command line", foreign=False)
    return found


def _take(found: Gathered, values: Mapping[str, str], *, where: str, foreign: bool) -> None:
    for name, text in values.items():
        try:
            setting = BrokerSettings.setting_of(name, text)
        except InvalidSetting as error:
            if not foreign or name.startswith(OWN):
                raise InvalidSetting(name, text, f"{error.allowed} (in {where})") from None
            found.warnings.append(f"{name} (in {where}) is not a setting of a broker; it is left out")
            continue
        try:
            setting.parse(text, name=name)
        except InvalidSetting as error:
            raise InvalidSetting(name, error.value, f"{error.allowed} (in {where})") from None
        found.values[name] = text


def read_environment(environment: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What `KAFKA_*` sets, and what `KAWA_*` and `CLUSTER_ID` set, by Kafka's names."""
    kafka, own = {}, {}
    for variable, text in environment.items():
        if variable.startswith(KAFKA_PREFIX) and variable not in SCRIPT_VARIABLES:
            kafka[_name(variable.removeprefix(KAFKA_PREFIX))] = text
        elif variable.startswith(KAWA_PREFIX):
            own[OWN + _name(variable.removeprefix(KAWA_PREFIX))] = text
    if environment.get(CLUSTER_ID):
        own.setdefault("kawa.cluster.id", environment[CLUSTER_ID])
    return kafka, own


def _name(variable: str) -> str:
    return variable.lower().replace("_", ".").replace("...", "-").replace("..", "_")


def _on_every_address(advertised: str) -> str:
    listening = []
    for text in advertised.split(","):
        name, scheme, address = text.strip().partition("://")
        listening.append(f"{name}{scheme}0.0.0.0:{address.rpartition(':')[2]}" if scheme else text)
    return ",".join(listening)


def read_file(file: str) -> dict[str, str]:
    """A file in TOML if it is called so, otherwise in Java's properties form.

    Raises: InvalidSetting: it cannot be read.
    """
    try:
        with open(file, "rb") as opened:
            raw = opened.read()
        is_toml = file.endswith(TOML)
        return _from_toml(raw.decode()) if is_toml else _from_properties(raw)
    except OSError as error:
        raise InvalidSetting("--config", file, str(error.strerror)) from error
    except ValueError as error:  # of tomllib, of Unicode, and of our own
        raise InvalidSetting("--config", file, " ".join(str(error).split())) from error


def _from_properties(raw: bytes) -> dict[str, str]:
    """Java reads Latin-1; people write UTF-8, which is nearly never good Latin-1 by chance."""
    from broker.settings.properties import parse_properties

    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return parse_properties(text)


def _from_toml(text: str) -> dict[str, str]:
    """`log.segment.bytes = 1`, `[log] segment.bytes = 1` and `"log.segment.bytes" = 1` are the same.

    Raises: ValueError.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = ""
        if "overwrite" in str(error) or "Cannot declare" in str(error):
            hint = "; where one name begins with another, write them in quotes"
        raise ValueError(f"{error}{hint}") from error
    found: dict[str, str] = {}
    _flatten("", document, found)
    return found


def _flatten(prefix: str, table: Mapping[str, Any], found: dict[str, str]) -> None:
    for key, value in table.items():
        name = prefix + key
        if isinstance(value, dict):
            _flatten(name + ".", value, found)
        elif name in found:
            raise ValueError(f"{name} is set twice")
        elif isinstance(value, list):
            separator = " " if name == "kawa.topics" else ","
            found[name] = separator.join(_text(name, item) for item in value)
        else:
            found[name] = _text(name, value)


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{name} is {value!r}: wanted a text, a number, true or false, or a list of these")
