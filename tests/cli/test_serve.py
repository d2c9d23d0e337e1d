"""What the command line of `kawa serve` says is checked before anything else happens."""

import pytest

from broker.cli.errors import CommandError
from broker.cli.serve import Arguments, parse


def test_nothing_given_means_the_defaults() -> None:
    assert parse([]) == Arguments()


def test_options_are_read_in_both_spellings() -> None:
    assert parse(["--port", "0", "--host=::1", "--memory"]) == Arguments(port=0, host="::1", memory=True)


def test_topics_and_settings_may_be_repeated() -> None:
    given = parse(["--topic", "a:1", "--topic=b:2:x=y", "--set", "log.segment.bytes=5", "--set", "a= b=c"])
    assert given.topics == ("a:1", "b:2:x=y")
    assert given.settings == (("log.segment.bytes", "5"), ("a", " b=c"))


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
        (["--brokers", "0"], "--brokers '0': wanted a number from 1 to 100"),
        (["--set", "log.segment.bytes"], "wanted NAME=VALUE"),
        (["--log-level", "loud"], "wanted one of debug info warning error"),
    ],
)
def test_a_wrong_option_is_named_with_its_value_and_what_is_allowed(arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError) as failure:
        parse(arguments)
    assert told in str(failure.value)
    assert failure.value.status == 2
