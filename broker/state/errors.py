"""What stops a state store, in one line; a client whose change is lost by it is told KAFKA_STORAGE_ERROR."""

from broker.protocol.errors import ErrorCode, KafkaError


class StateError(KafkaError):
    """The store cannot be opened, or what was to be written is not kept."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.KAFKA_STORAGE_ERROR, " ".join(message.split()))

    def __str__(self) -> str:
        return self.message
