"""How a command ends when it cannot do what it was asked for."""


class CommandError(Exception):
    """One clear line for stderr, and the exit status: 1 it did not work, 2 it was asked wrongly."""

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(" ".join(message.split()))
        self.status = status
