"""The arguments that several commands share."""

import pytest

from broker.cli.errors import CommandError
from broker.cli.parser import OneLineParser, add_bootstrap, count, name_and_value, pairs


def test_pairs_are_read_up_to_the_first_equals_sign() -> None:
    assert pairs(["a=1", "b=2=3", "c="], what="--config") == {"a": "1", "b": "2=3", "c": ""}


@pytest.mark.parametrize("text", ["a", "=1"])
def test_a_wrong_pair_is_named(text: str) -> None:
    with pytest.raises(CommandError, match="wanted name=value"):
        pairs([text], what="--config")


def test_a_parser_says_what_is_wrong_in_one_line() -> None:
    parser = OneLineParser(prog="kawa x")
    add_bootstrap(parser)
    with pytest.raises(CommandError, match=r"unrecognized arguments: --what \(kawa x --help tells more\)"):
        parser.parse_args(["--what"])


def test_one_pair_is_read_as_it_stands() -> None:
    assert name_and_value(" a =1", what="--header") == ("a", "1")


def test_a_count_is_not_negative() -> None:
    parser = OneLineParser(prog="kawa x")
    parser.add_argument("-c", type=count)
    assert parser.parse_args(["-c", "0"]).c == 0
    with pytest.raises(CommandError, match="argument -c: wanted 0 or more, found -1"):
        parser.parse_args(["-c", "-1"])
