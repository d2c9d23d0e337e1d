import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Between JSON and what the client takes and gives. */
final class Conversions {
    private Conversions() { }

    static ProducerRecord<byte[], byte[]> produced(String topic, JsonObject row) {
        List<Header> headers = new ArrayList<>();
        if (row.has("headers")) {
            for (JsonElement pair : row.getAsJsonArray("headers")) {
                JsonArray both = pair.getAsJsonArray();
                headers.add(new RecordHeader(both.get(0).getAsString(), bytes(both.get(1))));
            }
        }
        Integer partition = isGiven(row, "partition") ? row.get("partition").getAsInt() : null;
        Long timestamp = isGiven(row, "timestamp_ms") ? row.get("timestamp_ms").getAsLong() : null;
        byte[] key = bytes(row.get("key"));
        byte[] value = bytes(row.get("value"));
        return new ProducerRecord<>(topic, partition, timestamp, key, value, headers);
    }

    static Map<String, Object> consumed(ConsumerRecord<byte[], byte[]> record) {
        List<List<String>> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(Arrays.asList(header.key(), text(header.value())));
        }
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("topic", record.topic());
        row.put("partition", record.partition());
        row.put("offset", record.offset());
        row.put("timestamp_ms", record.timestamp());
        row.put("key", text(record.key()));
        row.put("value", text(record.value()));
        row.put("headers", headers);
        return row;
    }

    static TopicPartition place(JsonObject row) {
        return new TopicPartition(row.get("topic").getAsString(), row.get("partition").getAsInt());
    }

    static List<Integer> numbers(JsonArray numbers) {
        return numbers.asList().stream().map(JsonElement::getAsInt).toList();
    }

    static Map<String, String> texts(JsonObject row, String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (isGiven(row, name)) {
            row.getAsJsonObject(name).asMap().forEach((key, value) -> texts.put(key, value.getAsString()));
        }
        return texts;
    }

    static String text(JsonObject row, String name, String otherwise) {
        return isGiven(row, name) ? row.get(name).getAsString() : otherwise;
    }

    static int number(JsonObject row, String name, int otherwise) {
        return isGiven(row, name) ? row.get(name).getAsInt() : otherwise;
    }

    static boolean isGiven(JsonObject row, String name) {
        return row.has(name) && !row.get(name).isJsonNull();
    }

    private static byte[] bytes(JsonElement text) {
        return text == null || text.isJsonNull() ? null : Base64.getDecoder().decode(text.getAsString());
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }
}
