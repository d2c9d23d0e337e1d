import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.AppInfoParser;

/** The driver of kafka-clients; see compat/README.md. What differs between its versions is in Version. */
final class Driver {
    private static final List<String> FEATURES = List.of(
            "assigned_partitions", "offset_reset", "delivery_reports", "headers", "null_headers", "timestamps",
            "codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd", "idempotence",
            "offsets_for_times", "admin", "create_partitions", "topic_configs", "delete_records", "move_leader",
            "acks", "partitioner", "empties", "groups", "static_members");

    /** What is done for a request. */
    private interface Operation {
        Object run(JsonObject request) throws Exception;
    }

    /** What an administrator does for a request. */
    private interface Task {
        Object run(Administration administration, JsonObject request) throws Exception;
    }

    private final Lines lines = new Lines();
    private final Map<String, Operation> operations = new HashMap<>();
    private final Map<String, Production> producers = new HashMap<>();
    private final Map<String, Reading> consumers = new HashMap<>();
    private Administration administration;
    private String bootstrap = "";

    private Driver() {
        operations.put("hello", this::hello);
        operations.put("connect", this::connect);
        operations.put("producer", this::producer);
        operations.put("produce", this::produce);
        operations.put("consumer", this::consumer);
        operations.put("consume", this::consume);
        operations.put("seek", this::seek);
        operations.put("commit", this::commit);
        operations.put("close_consumer", this::closeConsumer);
        operations.put("offsets", this::offsets);
        operations.put("quit", this::quit);
        administered("create_topic", Administration::createTopic);
        administered("create_partitions", Administration::createPartitions);
        administered("delete_topic", Administration::deleteTopic);
        administered("list_topics", Administration::listTopics);
        administered("describe_topic", Administration::describeTopic);
        administered("describe_cluster", Administration::describeCluster);
        administered("topic_configs", Administration::topicConfigs);
        administered("alter_topic_configs", Administration::alterTopicConfigs);
        administered("delete_records", Administration::deleteRecords);
        administered("move_leader", Administration::moveLeader);
    }

    public static void main(String[] arguments) throws IOException {
        new Driver().serve();
    }

    /** Answer one request after the other until the harness closes the pipe. */
    private void serve() throws IOException {
        JsonObject request = lines.read();
        while (request != null) {
            answer(request);
            request = request.get("op").getAsString().equals("quit") ? null : lines.read();
        }
        closeAll();
    }

    private void answer(JsonObject request) {
        int id = request.get("id").getAsInt();
        String name = request.get("op").getAsString();
        Operation operation = operations.get(name);
        if (operation == null) {
            lines.refuse(id, new Failure(null, "UNSUPPORTED", "this driver has no operation " + name));
            return;
        }
        try {
            lines.answer(id, operation.run(request));
        } catch (Exception error) { // every error of the client becomes an answer
            lines.refuse(id, Failure.of(error));
        }
    }

    private void administered(String name, Task task) {
        operations.put(name, request -> {
            if (administration == null) {
                administration = new Administration(bootstrap);
            }
            return task.run(administration, request);
        });
    }

    private Object hello(JsonObject request) {
        List<String> features = new ArrayList<>(FEATURES);
        features.addAll(Version.FEATURES);
        return Map.of("client", "kafka-clients", "version", AppInfoParser.getVersion(), "features", features);
    }

    private Object connect(JsonObject request) {
        closeAll();
        bootstrap = request.get("bootstrap").getAsString();
        return null;
    }

    private Object quit(JsonObject request) {
        closeAll();
        return null;
    }

    private void closeAll() {
        producers.values().forEach(Production::close);
        consumers.values().forEach(Reading::close);
        if (administration != null) {
            administration.close();
        }
        producers.clear();
        consumers.clear();
        administration = null;
    }

    private Object producer(JsonObject request) {
        String name = request.get("producer").getAsString();
        producers.put(name, new Production(bootstrap, request.getAsJsonObject("config")));
        return null;
    }

    private Object produce(JsonObject request) throws InterruptedException {
        return producers.get(request.get("producer").getAsString()).send(request, lines.counter(request));
    }

    private Object consumer(JsonObject request) {
        String group = Conversions.text(request, "group", null);
        Reading reading = new Reading(bootstrap, request.getAsJsonObject("config"), group);
        consumers.put(request.get("consumer").getAsString(), reading);
        if (group == null) {
            reading.assign(request.getAsJsonArray("assign"));
        } else {
            reading.subscribe(request.getAsJsonArray("subscribe"));
        }
        return null;
    }

    private Object consume(JsonObject request) {
        Duration timeout = Duration.ofMillis(request.get("timeout_ms").getAsLong());
        return named(request).take(request.get("count").getAsInt(), timeout);
    }

    private Object seek(JsonObject request) {
        named(request).seek(request);
        return null;
    }

    private Object commit(JsonObject request) {
        consumers.get(request.get("consumer").getAsString()).commit();
        return null;
    }

    private Object closeConsumer(JsonObject request) {
        consumers.remove(request.get("consumer").getAsString()).close();
        return null;
    }

    private Reading named(JsonObject request) {
        return consumers.get(request.get("consumer").getAsString());
    }

    private Object offsets(JsonObject request) {
        String topic = request.get("topic").getAsString();
        Function<Integer, TopicPartition> place = partition -> new TopicPartition(topic, partition);
        List<TopicPartition> places =
                Conversions.numbers(request.getAsJsonArray("partitions")).stream().map(place).toList();
        try (Reading reading = new Reading(bootstrap, new JsonObject(), null)) {
            return reading.offsets(places, request.get("at").getAsString());
        }
    }
}
