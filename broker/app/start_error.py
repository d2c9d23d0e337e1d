"""How a start ends that cannot go on."""


class StartError(Exception):
    """The broker cannot start; the text is one line for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
