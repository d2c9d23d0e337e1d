package main

import (
	"errors"

	"github.com/segmentio/kafka-go"

	lines "kawa/driver/go_lines"
)

// names are Kafka's, which kafka-go does not tell.
var names = map[kafka.Error]string{
	kafka.Unknown:                      "UNKNOWN_SERVER_ERROR",
	kafka.OffsetOutOfRange:             "OFFSET_OUT_OF_RANGE",
	kafka.InvalidMessage:               "CORRUPT_MESSAGE",
	kafka.UnknownTopicOrPartition:      "UNKNOWN_TOPIC_OR_PARTITION",
	kafka.LeaderNotAvailable:           "LEADER_NOT_AVAILABLE",
	kafka.NotLeaderForPartition:        "NOT_LEADER_OR_FOLLOWER",
	kafka.RequestTimedOut:              "REQUEST_TIMED_OUT",
	kafka.MessageSizeTooLarge:          "MESSAGE_TOO_LARGE",
	kafka.InvalidTopic:                 "INVALID_TOPIC_EXCEPTION",
	kafka.RecordListTooLarge:           "RECORD_LIST_TOO_LARGE",
	kafka.NotEnoughReplicas:            "NOT_ENOUGH_REPLICAS",
	kafka.TopicAlreadyExists:           "TOPIC_ALREADY_EXISTS",
	kafka.InvalidPartitionNumber:       "INVALID_PARTITIONS",
	kafka.InvalidReplicationFactor:     "INVALID_REPLICATION_FACTOR",
	kafka.InvalidConfiguration:         "INVALID_CONFIG",
	kafka.NotController:                "NOT_CONTROLLER",
	kafka.InvalidRequest:               "INVALID_REQUEST",
	kafka.KafkaStorageError:            "KAFKA_STORAGE_ERROR",
	kafka.PreferredLeaderNotAvailable:  "PREFERRED_LEADER_NOT_AVAILABLE",
	kafka.UnsupportedForMessageFormat:  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
	kafka.UnsupportedVersion:           "UNSUPPORTED_VERSION",
	kafka.ClusterAuthorizationFailed:   "CLUSTER_AUTHORIZATION_FAILED",
	kafka.TopicAuthorizationFailed:     "TOPIC_AUTHORIZATION_FAILED",
	kafka.PolicyViolation:              "POLICY_VIOLATION",
	kafka.InvalidTimestamp:             "INVALID_TIMESTAMP",
	kafka.InvalidRequiredAcks:          "INVALID_REQUIRED_ACKS",
	kafka.UnsupportedCompressionType:   "UNSUPPORTED_COMPRESSION_TYPE",
	kafka.InvalidReplicaAssignment:     "INVALID_REPLICA_ASSIGNMENT",
	kafka.NotEnoughReplicasAfterAppend: "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
}

// describe gives Kafka's code and name if it is one of Kafka's errors.
func describe(err error) lines.Failure {
	var told kafka.Error
	if !errors.As(err, &told) {
		return lines.Own(err)
	}
	name, known := names[told]
	if !known {
		name = told.Title()
	}
	return lines.Kafka(int16(told), name, err.Error())
}
