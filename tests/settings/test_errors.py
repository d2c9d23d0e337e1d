from broker.settings.errors import InvalidSetting


def test_an_error_is_one_line_with_name_value_and_what_is_allowed() -> None:
    error = InvalidSetting("log.roll.hours", "0", "must be at least 1")
    assert str(error) == "log.roll.hours=0: must be at least 1"


def test_a_missing_value_is_told_as_such() -> None:
    assert str(InvalidSetting("a", None, "must be there")) == "a=(nothing): must be there"


def test_a_client_gets_kafkas_form() -> None:
    error = InvalidSetting("segment.bytes", "1", "must be at least 1048576")
    assert (
        error.kafka_message() == "Invalid value 1 for configuration segment.bytes: must be at least 1048576"
    )
