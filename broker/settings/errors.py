"""What is wrong with a setting, in one line."""


class InvalidSetting(Exception):
    """A setting that does not exist, or a value it may not have.

    `allowed` says what would be right, as the end of a sentence: "must be at least 1".
    The value of a secret is given as "[hidden]" by whoever raises this.
    """

    def __init__(self, name: str, value: str | None, allowed: str) -> None:
        self.name = name
        self.value = value
        self.allowed = allowed
        super().__init__(f"{name}={'(nothing)' if value is None else value}: {allowed}")

    def kafka_message(self) -> str:
        """The text that a Kafka client gets with INVALID_CONFIG."""
        return f"Invalid value {self.value} for configuration {self.name}: {self.allowed}"
