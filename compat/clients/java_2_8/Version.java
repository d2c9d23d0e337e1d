import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** What this version of kafka-clients does in its own way. */
final class Version {
    static final List<String> FEATURES = List.of();

    private Version() { }

    static TopicDescription describe(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).all().get().get(topic);
    }

    /** It tells no ids: null. */
    static String topicId(TopicDescription topic) {
        return null;
    }

    static void close(KafkaConsumer<?, ?> consumer, Duration timeout) {
        consumer.close(timeout);
    }
}
