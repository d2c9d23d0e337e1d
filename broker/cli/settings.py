"""`kawa settings`: every setting of brokers, topics and groups, and what it means."""

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from broker.cli.errors import CommandError
from broker.cli.tables import is_terminal, say, show_table
from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig
from broker.settings.setting import Declarations, Setting
from broker.settings.topic import TopicConfig

if TYPE_CHECKING:
    import argparse

    from broker.cli.parser import Subparsers

COLUMNS = ("of a", "setting", "Kawa", "default", "Kafka's default", "allowed", "meaning")
KINDS: dict[str, type[Declarations]] = {"broker": BrokerSettings, "topic": TopicConfig, "group": GroupConfig}


class Row(NamedTuple):
    """One setting, as it is printed; `kafka_default` is None where Kafka's is the same."""

    kind: str
    setting: Setting[Any]

    @property
    def kafka_default(self) -> str | None:
        return _shown(self.setting, self.setting.kafka_default) if self.setting.differs_from_kafka else None

    @property
    def allowed(self) -> str:
        return str(self.setting.allowed or self.setting.type_name.lower())

    def headline(self) -> str:
        mark = "✓" if self.setting.acts else " "
        kind = "" if self.kind == "broker" else f" ({self.kind})"
        kafkas = "" if self.kafka_default is None else f" (Kafka: {self.kafka_default})"
        default = _shown(self.setting, self.setting.default)
        return f"{mark} {self.setting.name}{kind} = {default}{kafkas}   {self.allowed}"

    def as_cells(self) -> list[str]:
        setting = self.setting
        acts = "acts" if setting.acts else "not yet"
        defaults = [_shown(setting, setting.default), _shown(setting, setting.kafka_default)]
        return [self.kind, setting.name, acts, *defaults, self.allowed, setting.doc]

    def as_json(self) -> dict[str, object]:
        setting = self.setting
        return {
            "kind": self.kind,
            "name": setting.name,
            "type": setting.type_name,
            "default": setting.render(setting.default),
            "kafka_default": setting.render(setting.kafka_default),
            "allowed": setting.allowed,
            "importance": setting.importance,
            "update": setting.update if self.kind == "broker" else None,
            "broker_setting": setting.synonym,
            "internal": setting.internal,
            "acts": setting.acts,
            "doc": setting.doc,
        }


def register(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser(
        "settings",
        help="every setting, its value and what it means",
        description="Show what can be set, the defaults, and whether Kawa acts on it yet.",
    )
    parser.add_argument(
        "patterns", nargs="*", metavar="PATTERN", help="part of a name, or a pattern: log.*.ms"
    )
    for kind in KINDS:
        parser.add_argument(
            f"--{kind}", dest="kinds", action="append_const", const=kind, help=f"only those of a {kind}"
        )
    acting = parser.add_mutually_exclusive_group()
    acting.add_argument(
        "--acts", dest="acts", action="store_const", const=True, help="only those that Kawa acts on"
    )
    acting.add_argument("--not-yet", dest="acts", action="store_const", const=False, help="only the others")
    parser.add_argument("--json", action="store_true", help="one JSON array")


def run(args: "argparse.Namespace") -> int:
    rows = [
        row
        for row in all_rows(args.kinds or list(KINDS))
        if _matches(row.setting.name, args.patterns) and args.acts in (None, row.setting.acts)
    ]
    if not rows:
        raise CommandError(f"no setting matches {' '.join(args.patterns) or 'all that'}")
    if args.json:
        import json

        json.dump([row.as_json() for row in rows], sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        _print_all(rows)
    return 0


def all_rows(kinds: list[str]) -> Iterator[Row]:
    for kind, declarations in KINDS.items():
        if kind in kinds:
            for setting in declarations.all_settings():
                yield Row(kind, setting)


def _matches(name: str, patterns: list[str]) -> bool:
    if not patterns:
        return True
    return any(
        fnmatchcase(name, pattern) if set(pattern) & set("*?[") else pattern in name for pattern in patterns
    )


def _print_all(rows: list[Row]) -> None:
    """For people a line for each and one for its meaning: names are longer than a column can be."""
    if not is_terminal():
        show_table(COLUMNS, [row.as_cells() for row in rows])
        return
    for row in rows:
        say(row.headline(), style="bold" if row.setting.acts else "")
        say(f"      {row.setting.doc}", style="dim")
    acting = sum(row.setting.acts for row in rows)
    say(f"\n{len(rows)} settings; Kawa acts on the {acting} with ✓, and knows and checks the others.")


def _shown(setting: Setting[Any], value: Any) -> str:
    text = setting.render(value)
    return "null" if text is None else text or '""'
