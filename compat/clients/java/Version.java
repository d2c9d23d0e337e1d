import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** What this version of kafka-clients does in its own way. */
final class Version {
    static final List<String> FEATURES = List.of("topic_ids", "consumer_protocol", "static_consumers");

    private Version() { }

    static TopicDescription describe(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    }

    static String topicId(TopicDescription topic) {
        return topic.topicId().toString();
    }

    static void close(KafkaConsumer<?, ?> consumer, Duration timeout) {
        consumer.close(CloseOptions.timeout(timeout));
    }
}
