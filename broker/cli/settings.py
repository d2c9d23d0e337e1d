"""`kawa settings`: every setting of brokers, topics and groups, and what it means."""

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from broker.cli.errors import CommandError
from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig
from broker.settings.setting import Declarations, Setting
from broker.settings.topic import TopicConfig

if TYPE_CHECKING:
    import argparse

    from broker.cli.parser import Subparsers

KINDS: dict[str, type[Declarations]] = {"broker": BrokerSettings, "topic": TopicConfig, "group": GroupConfig}


class Row(NamedTuple):
    """One setting, as it is printed; `kafka_default` is None where Kafka's is the same."""

    kind: str
    setting: Setting[Any]

    @property
    def kafka_default(self) -> str | None:
        return _shown(self.setting, self.setting.kafka_default) if self.setting.differs_from_kafka else None

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
        _print_table(rows)
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


def _print_table(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "on grey7"])
    for title in ("", "Setting", "Default", "Allowed", "Meaning"):
        table.add_column(title, overflow="fold", no_wrap=title == "")
    for row in rows:
        setting = row.setting
        default = _shown(setting, setting.default)
        if row.kafka_default is not None:
            default += f"\n(Kafka: {row.kafka_default})"
        # Text takes brackets as they are: `[1,...]` would be markup.
        table.add_row(
            "✓" if setting.acts else "",
            Text(setting.name + _mark(row)),
            Text(default),
            Text(setting.allowed or setting.type_name.lower()),
            Text(setting.doc),
        )
    console = Console()
    console.print(table)
    acting = sum(row.setting.acts for row in rows)
    console.print(
        f"\n{len(rows)} settings; Kawa acts on the {acting} with ✓, and knows and checks the others."
    )


def _mark(row: Row) -> str:
    return "" if row.kind == "broker" else f" ({row.kind})"


def _shown(setting: Setting[Any], value: Any) -> str:
    text = setting.render(value)
    return "null" if text is None else text or '""'
