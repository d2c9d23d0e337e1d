"""How a cell can end otherwise than well."""


class ScenarioFailed(Exception):
    """The broker or the client did something else than the scenario says."""


class DriverBroke(ScenarioFailed):
    """The driver died, hung or talked nonsense; the message holds what it had printed."""


class NotRun(Exception):
    """The cell cannot be run here; the message says what is lacking. Never counted as passed."""


class OperationError(ScenarioFailed):
    """A client reported an error; a scenario may expect just that one."""

    def __init__(self, operation: str, code: int | None, name: str, message: str) -> None:
        super().__init__(f"{operation}: {name} ({code}): {message}")
        self.code = code
        self.name = name


class BadUsage(Exception):
    """What was asked for cannot be done; the message is one line."""
