package main

import (
	"errors"

	"github.com/IBM/sarama"

	lines "kawa/driver/go_lines"
)

// names are Kafka's, which sarama does not tell.
var names = map[sarama.KError]string{
	sarama.ErrUnknown:                     "UNKNOWN_SERVER_ERROR",
	sarama.ErrOffsetOutOfRange:            "OFFSET_OUT_OF_RANGE",
	sarama.ErrInvalidMessage:              "CORRUPT_MESSAGE",
	sarama.ErrUnknownTopicOrPartition:     "UNKNOWN_TOPIC_OR_PARTITION",
	sarama.ErrLeaderNotAvailable:          "LEADER_NOT_AVAILABLE",
	sarama.ErrNotLeaderForPartition:       "NOT_LEADER_OR_FOLLOWER",
	sarama.ErrRequestTimedOut:             "REQUEST_TIMED_OUT",
	sarama.ErrMessageSizeTooLarge:         "MESSAGE_TOO_LARGE",
	sarama.ErrInvalidTopic:                "INVALID_TOPIC_EXCEPTION",
	sarama.ErrMessageSetSizeTooLarge:      "RECORD_LIST_TOO_LARGE",
	sarama.ErrNotEnoughReplicas:           "NOT_ENOUGH_REPLICAS",
	sarama.ErrTopicAlreadyExists:          "TOPIC_ALREADY_EXISTS",
	sarama.ErrInvalidPartitions:           "INVALID_PARTITIONS",
	sarama.ErrInvalidReplicationFactor:    "INVALID_REPLICATION_FACTOR",
	sarama.ErrInvalidConfig:               "INVALID_CONFIG",
	sarama.ErrNotController:               "NOT_CONTROLLER",
	sarama.ErrInvalidRequest:              "INVALID_REQUEST",
	sarama.ErrOutOfOrderSequenceNumber:    "OUT_OF_ORDER_SEQUENCE_NUMBER",
	sarama.ErrInvalidProducerEpoch:        "INVALID_PRODUCER_EPOCH",
	sarama.ErrUnknownProducerID:           "UNKNOWN_PRODUCER_ID",
	sarama.ErrKafkaStorageError:           "KAFKA_STORAGE_ERROR",
	sarama.ErrPreferredLeaderNotAvailable: "PREFERRED_LEADER_NOT_AVAILABLE",
}

// describe gives Kafka's code and name if it is one of Kafka's errors.
func describe(err error) lines.Failure {
	var told sarama.KError
	if !errors.As(err, &told) {
		return lines.Own(err)
	}
	name, known := names[told]
	if !known {
		name = told.Error()
	}
	return lines.Kafka(int16(told), name, err.Error())
}

// refused is nil where sarama's error tells that there is none.
func refused(told error) error {
	if errors.Is(told, sarama.ErrNoError) {
		return nil
	}
	return told
}
