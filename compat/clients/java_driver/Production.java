import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer, and an outcome for each record that it is given. */
final class Production implements AutoCloseable {
    private static final int LARGEST_REQUEST_BYTES = 8 << 20;

    private final KafkaProducer<byte[], byte[]> producer;

    Production(String bootstrap, JsonObject config) {
        Map<String, Object> options = options(config);
        options.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        producer = new KafkaProducer<>(options, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Map<String, Object> options(JsonObject config) {
        int lingerMs = Conversions.number(config, "linger_ms", 5);
        int deliveryMs = Conversions.number(config, "delivery_timeout_ms", 20_000);
        boolean idempotence = config.has("idempotence") && config.get("idempotence").getAsBoolean();
        Map<String, Object> options = new HashMap<>();
        options.put(ProducerConfig.ACKS_CONFIG, Conversions.text(config, "acks", "all"));
        options.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, Conversions.text(config, "compression", "none"));
        options.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, idempotence);
        options.put(ProducerConfig.LINGER_MS_CONFIG, lingerMs);
        options.put(ProducerConfig.BATCH_SIZE_CONFIG, Conversions.number(config, "batch_bytes", 16_384));
        options.put(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Conversions.number(config, "max_request_bytes", LARGEST_REQUEST_BYTES));
        options.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deliveryMs);
        options.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(10_000, deliveryMs - lingerMs));
        options.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
        return options;
    }

    /** An outcome for each record, in order. */
    List<Object> send(JsonObject request, Runnable count) throws InterruptedException {
        String topic = request.get("topic").getAsString();
        List<Future<RecordMetadata>> futures = new ArrayList<>();
        for (JsonElement row : request.getAsJsonArray("records")) {
            futures.add(producer.send(Conversions.produced(topic, row.getAsJsonObject()), (told, error) -> {
                if (error == null) {
                    count.run();
                }
            }));
        }
        producer.flush();
        List<Object> outcomes = new ArrayList<>();
        for (Future<RecordMetadata> future : futures) {
            outcomes.add(outcome(future));
        }
        return outcomes;
    }

    private static Map<String, Object> outcome(Future<RecordMetadata> future) throws InterruptedException {
        try {
            RecordMetadata told = future.get();
            return Map.of("partition", told.partition(), "offset", told.offset());
        } catch (ExecutionException error) {
            return Map.of("error", Failure.of(error));
        }
    }

    /** What is under way is given up. */
    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
