"""The one exception of the log directory's small files."""

from broker.log.corrupt_file import CorruptFile


def test_it_says_what_is_wrong() -> None:
    assert str(CorruptFile("It claims 3 producers in 10 bytes.")) == "It claims 3 producers in 10 bytes."
