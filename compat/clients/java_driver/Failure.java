import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.Errors;

/** An error: Kafka's code and name if it is one of Kafka's, else no code and the client's name. */
record Failure(Integer code, String name, String message) {

    static Failure of(Throwable thrown) {
        Throwable error = thrown;
        while ((error instanceof ExecutionException || error instanceof CompletionException)
                && error.getCause() != null) {
            error = error.getCause();
        }
        Errors kafka = kafkaError(error);
        return kafka == null
                ? new Failure(null, error.getClass().getSimpleName(), error.getMessage())
                : new Failure((int) kafka.code(), kafka.name(), error.getMessage());
    }

    /** Null: it is an error of the client's own. */
    private static Errors kafkaError(Throwable error) {
        if (error instanceof OffsetOutOfRangeException) {
            return Errors.OFFSET_OUT_OF_RANGE; // the consumer tells of it with an exception of its own
        }
        Errors found = Errors.forException(error);
        boolean isUnknown = found == Errors.UNKNOWN_SERVER_ERROR && !(error instanceof UnknownServerException);
        return isUnknown ? null : found;
    }
}
