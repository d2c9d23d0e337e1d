"""What stops a state store, in one line."""


class StateError(Exception):
    """The store cannot be opened, or what was to be written is not kept."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
