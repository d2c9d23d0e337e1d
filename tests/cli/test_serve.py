"""What the command line of `kawa serve` says is checked before anything else happens."""

import json
import subprocess
import sys

import pytest

from broker.cli.errors import CommandError
from broker.cli.serve import Arguments, parse, quoted


def test_nothing_given_means_the_defaults() -> None:
    assert parse([]) == Arguments()


def settings(*arguments: str) -> dict[str, str]:
    return dict(parse(list(arguments)).settings)


def test_options_stand_for_settings_in_both_spellings() -> None:
    assert settings("--port", "0", "--host=10.0.0.1", "--data-dir", "d", "--brokers=3") == {
        "listeners": "PLAINTEXT://10.0.0.1:0",
        "log.dirs": "d",
        "kawa.brokers": "3",
    }
    assert settings("--memory") == {"kawa.memory": "true"}
    assert settings("--durability", "fsync") == {"kawa.durability": "fsync"}


def test_a_port_alone_is_on_both_loopback_addresses() -> None:
    assert settings("--port=5") == {"listeners": "PLAINTEXT://localhost:5"}


def test_an_ipv6_host_gets_its_brackets() -> None:
    assert settings("--host", "::1") == {"listeners": "PLAINTEXT://[::1]:9092"}


def test_topics_and_settings_may_be_repeated() -> None:
    assert settings(
        "--topic", "a:1", "--topic=b:2:x=y", "--set", "log.segment.bytes=5", "--set", "a= b=c"
    ) == {
        "log.segment.bytes": "5",
        "a": " b=c",
        "kawa.topics": "a:1 b:2:x=y",
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--prot", "1"], "no option '--prot'"),
        (["extra"], "no option 'extra'"),
        (["--port"], "--port wants a value"),
        (["--port", "65536"], "--port '65536': wanted a number from 0 to 65535"),
        (["--port", "-1"], "wanted a number"),
        (["--port", "1", "--port", "2"], "given twice"),
        (["--memory=yes"], "--memory takes no value"),
        (["--set", "log.segment.bytes"], "wanted NAME=VALUE"),
        (["--log-level", "loud"], "wanted one of debug info warning error"),
        (["--durability", "full"], "wanted one of page-cache fsync"),
        (["--topic", "a b:1"], "--topic 'a b:1': wanted NAME:PARTITIONS"),
        (["--topic", ""], "--topic '': wanted NAME:PARTITIONS"),
        (["--port", "0", "--set", "listeners=PLAINTEXT://:1"], "another option has set it"),
        (["--set", "kawa.memory=false", "--memory"], "another option has set it to 'true'"),
        (["--set", "num.partitions=1", "--set", "num.partitions=2"], "another option has set it to '1'"),
        (["--memory", "--data-dir", "d"], "nothing is kept in --data-dir"),
    ],
)
def test_a_wrong_option_is_named_with_its_value_and_what_is_allowed(arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError) as failure:
        parse(arguments)
    assert told in str(failure.value)
    assert failure.value.status == 2


@pytest.mark.parametrize("text", ["/data", 'a"b', "a\\b", "é", "a\nb", "", "\x7f"])
def test_whatever_a_directory_is_called_the_ready_line_is_json(text: str) -> None:
    assert json.loads(quoted(text)) == text


def test_a_broker_does_without_ssl_and_hides_it_from_nobody_else() -> None:
    program = (
        "import sys\n"
        "from broker.cli.serve import import_asyncio\n"
        "import_asyncio()\n"
        "assert 'asyncio' in sys.modules\n"
        "assert 'ssl' not in sys.modules\n"
        "import ssl\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
