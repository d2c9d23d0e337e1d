import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DeleteRecordsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;

/** What an administrator asks for; one method an operation. */
final class Administration implements AutoCloseable {
    private final Admin admin;

    Administration(String bootstrap) {
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 20_000));
    }

    Object createTopic(JsonObject request) throws Exception {
        int partitions = request.get("partitions").getAsInt();
        short replicas = (short) Conversions.number(request, "replication_factor", 1);
        NewTopic topic = new NewTopic(topic(request), partitions, replicas);
        admin.createTopics(List.of(topic.configs(Conversions.texts(request, "configs")))).all().get();
        return null;
    }

    Object createPartitions(JsonObject request) throws Exception {
        NewPartitions partitions = NewPartitions.increaseTo(request.get("partitions").getAsInt());
        admin.createPartitions(Map.of(topic(request), partitions)).all().get();
        return null;
    }

    Object deleteTopic(JsonObject request) throws Exception {
        admin.deleteTopics(List.of(topic(request))).all().get();
        return null;
    }

    Object listTopics(JsonObject request) throws Exception {
        return admin.listTopics().names().get().stream().sorted().toList();
    }

    Object describeTopic(JsonObject request) throws Exception {
        TopicDescription topic = Version.describe(admin, topic(request));
        List<Object> partitions = new ArrayList<>();
        for (TopicPartitionInfo partition : topic.partitions()) {
            partitions.add(Map.of(
                    "partition", partition.partition(),
                    "leader", partition.leader() == null ? -1 : partition.leader().id(),
                    "replicas", partition.replicas().stream().map(Node::id).toList()));
        }
        Map<String, Object> described = new HashMap<>();
        described.put("topic_id", Version.topicId(topic));
        described.put("partitions", partitions);
        return described;
    }

    Object describeCluster(JsonObject request) throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        List<Object> brokers = new ArrayList<>();
        for (Node node : cluster.nodes().get()) {
            brokers.add(Map.of("node_id", node.id(), "host", node.host(), "port", node.port()));
        }
        return Map.of("controller", cluster.controller().get().id(), "brokers", brokers);
    }

    Object topicConfigs(JsonObject request) throws Exception {
        ConfigResource resource = resource(request);
        Map<String, String> configs = new HashMap<>();
        for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
            configs.put(entry.name(), entry.value());
        }
        return configs;
    }

    Object alterTopicConfigs(JsonObject request) throws Exception {
        Collection<AlterConfigOp> changes = new ArrayList<>();
        Conversions.texts(request, "configs").forEach((name, value) ->
                changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(resource(request), changes)).all().get();
        return null;
    }

    Object deleteRecords(JsonObject request) throws Exception {
        Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
        JsonArray rows = request.getAsJsonArray("partitions");
        for (JsonElement row : rows) {
            long offset = row.getAsJsonObject().get("before_offset").getAsLong();
            before.put(partition(request, row), RecordsToDelete.beforeOffset(offset));
        }
        DeleteRecordsResult deleted = admin.deleteRecords(before);
        List<Object> marks = new ArrayList<>();
        for (JsonElement row : rows) {
            TopicPartition place = partition(request, row);
            long mark = deleted.lowWatermarks().get(place).get().lowWatermark();
            marks.add(Map.of("partition", place.partition(), "low_watermark", mark));
        }
        return marks;
    }

    /** Make a node the preferred leader, then elect it. */
    Object moveLeader(JsonObject request) throws Exception {
        TopicPartition place = Conversions.place(request);
        List<Integer> replicas = Conversions.numbers(request.getAsJsonArray("replicas"));
        NewPartitionReassignment reassignment = new NewPartitionReassignment(replicas);
        admin.alterPartitionReassignments(Map.of(place, Optional.of(reassignment))).all().get();
        Optional<Throwable> error =
                admin.electLeaders(ElectionType.PREFERRED, Set.of(place)).partitions().get().get(place);
        if (error.isPresent() && !(error.get() instanceof ElectionNotNeededException)) {
            throw new ExecutionException(error.get());
        }
        return null;
    }

    private static String topic(JsonObject request) {
        return request.get("topic").getAsString();
    }

    private static ConfigResource resource(JsonObject request) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic(request));
    }

    private static TopicPartition partition(JsonObject request, JsonElement row) {
        return new TopicPartition(topic(request), row.getAsJsonObject().get("partition").getAsInt());
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
