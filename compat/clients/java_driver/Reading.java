import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer of assigned partitions, or of a group. What a poll has given beyond what was asked for is kept. */
final class Reading implements AutoCloseable {
    private static final Map<String, String> OFFSET_RESETS =
            Map.of("beginning", "earliest", "end", "latest", "fail", "none");

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Deque<ConsumerRecord<byte[], byte[]>> surplus = new ArrayDeque<>();

    /** No group: its partitions will be assigned. */
    Reading(String bootstrap, JsonObject config, String group) {
        Map<String, Object> options = options(config);
        if (group != null) {
            options.putAll(memberOptions(config, group));
        }
        options.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        consumer = new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Sessions are the broker's matter in a group of the consumer protocol, which older versions do not know. */
    private static Map<String, Object> memberOptions(JsonObject config, String group) {
        Map<String, Object> options = new HashMap<>();
        options.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        if (config.has("instance_id")) {
            options.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, config.get("instance_id").getAsString());
        }
        if (Conversions.text(config, "group_protocol", "classic").equals("consumer")) {
            options.put("group.protocol", "consumer");
            return options;
        }
        options.put(
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Conversions.number(config, "session_timeout_ms", 6_000));
        options.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 500);
        return options;
    }

    private static Map<String, Object> options(JsonObject config) {
        String reset = OFFSET_RESETS.get(Conversions.text(config, "offset_reset", "beginning"));
        Map<String, Object> options = new HashMap<>();
        options.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, reset);
        options.put(
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, Conversions.number(config, "fetch_max_wait_ms", 200));
        options.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, Conversions.number(config, "fetch_min_bytes", 1));
        options.put(
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                Conversions.number(config, "max_partition_fetch_bytes", 1 << 20));
        options.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        options.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 1_000);
        options.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 20_000);
        return options;
    }

    void subscribe(JsonArray topics) {
        consumer.subscribe(topics.asList().stream().map(JsonElement::getAsString).toList());
    }

    /** Behind what was taken; what was polled beyond that is not committed. */
    void commit() {
        Map<TopicPartition, OffsetAndMetadata> taken = new HashMap<>();
        for (TopicPartition place : consumer.assignment()) {
            taken.put(place, new OffsetAndMetadata(consumer.position(place)));
        }
        for (ConsumerRecord<byte[], byte[]> record : surplus) {
            taken.merge(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset()),
                    (one, other) -> one.offset() < other.offset() ? one : other);
        }
        consumer.commitSync(taken);
    }

    void assign(JsonArray places) {
        consumer.assign(places.asList().stream().map(row -> Conversions.place(row.getAsJsonObject())).toList());
        for (JsonElement place : places) {
            seek(place.getAsJsonObject());
        }
    }

    /** The end is the one at this moment. */
    void seek(JsonObject request) {
        TopicPartition place = Conversions.place(request);
        surplus.removeIf(record -> place.equals(new TopicPartition(record.topic(), record.partition())));
        switch (request.get("offset").getAsString()) {
            case "beginning" -> consumer.seekToBeginning(List.of(place));
            case "end" -> {
                consumer.seekToEnd(List.of(place));
                consumer.position(place);
            }
            default -> consumer.seek(place, request.get("offset").getAsLong());
        }
    }

    List<Object> take(int count, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        List<Object> found = new ArrayList<>();
        while (true) {
            while (found.size() < count && !surplus.isEmpty()) {
                found.add(Conversions.consumed(surplus.remove()));
            }
            long leftNanos = deadline - System.nanoTime();
            if (found.size() == count || leftNanos <= 0) {
                return found;
            }
            consumer.poll(Duration.ofNanos(leftNanos)).forEach(surplus::add);
        }
    }

    /** Where the logs begin or end, or the first offsets at or after a time; null: nothing is as late. */
    List<Object> offsets(List<TopicPartition> places, String at) {
        consumer.assign(places); // it warns of answers about others
        Map<TopicPartition, Long> found = new HashMap<>();
        switch (at) {
            case "beginning" -> found.putAll(consumer.beginningOffsets(places));
            case "end" -> found.putAll(consumer.endOffsets(places));
            default -> {
                Map<TopicPartition, Long> times = new HashMap<>();
                places.forEach(place -> times.put(place, Long.parseLong(at)));
                for (Map.Entry<TopicPartition, OffsetAndTimestamp> hit : consumer.offsetsForTimes(times).entrySet()) {
                    found.put(hit.getKey(), hit.getValue() == null ? null : hit.getValue().offset());
                }
            }
        }
        List<Object> rows = new ArrayList<>();
        for (TopicPartition place : places) {
            Map<String, Object> row = new HashMap<>();
            row.put("partition", place.partition());
            row.put("offset", found.get(place));
            rows.add(row);
        }
        return rows;
    }

    @Override
    public void close() {
        Version.close(consumer, Duration.ofSeconds(1)); // a long poll may be under way
    }
}
