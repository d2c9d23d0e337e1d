package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	lines "kawa/driver/go_lines"
)

func (d *driver) createTopic(ctx context.Context, request lines.CreateTopic) error {
	admin, done := d.admin()
	defer done()
	topic := kafka.TopicConfig{
		Topic:             request.Topic,
		NumPartitions:     int(request.Partitions),
		ReplicationFactor: int(request.Factor()),
	}
	for name, value := range request.Configs {
		topic.ConfigEntries = append(topic.ConfigEntries, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
	}
	answer, err := admin.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{topic}})
	if err != nil {
		return err
	}
	return answer.Errors[request.Topic]
}

func (d *driver) createPartitions(ctx context.Context, request lines.CreatePartitions) error {
	admin, done := d.admin()
	defer done()
	topic := kafka.TopicPartitionsConfig{Name: request.Topic, Count: request.Partitions}
	asked := &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{topic}}
	answer, err := admin.CreatePartitions(ctx, asked)
	if err != nil {
		return err
	}
	return answer.Errors[request.Topic]
}

func (d *driver) deleteTopic(ctx context.Context, request lines.Topic) error {
	admin, done := d.admin()
	defer done()
	answer, err := admin.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{request.Topic}})
	if err != nil {
		return err
	}
	return answer.Errors[request.Topic]
}

func (d *driver) metadata(ctx context.Context, topics ...string) (*kafka.MetadataResponse, error) {
	admin, done := d.admin()
	defer done()
	return admin.Metadata(ctx, &kafka.MetadataRequest{Topics: topics})
}

func (d *driver) listTopics(ctx context.Context, _ lines.Nothing) ([]string, error) {
	told, err := d.metadata(ctx)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, topic := range told.Topics {
		names = append(names, topic.Name)
	}
	return names, nil
}

func (d *driver) describeTopic(ctx context.Context, request lines.Topic) (lines.Description, error) {
	told, err := d.metadata(ctx, request.Topic)
	if err != nil {
		return lines.Description{}, err
	}
	if len(told.Topics) != 1 {
		return lines.Description{}, fmt.Errorf("%d topics were told instead of one", len(told.Topics))
	}
	described := lines.Description{}
	for _, partition := range told.Topics[0].Partitions {
		row := lines.Partition{Partition: int32(partition.ID), Leader: int32(partition.Leader.ID)}
		for _, replica := range partition.Replicas {
			row.Replicas = append(row.Replicas, int32(replica.ID))
		}
		described.Partitions = append(described.Partitions, row)
	}
	slices.SortFunc(described.Partitions, lines.ByPartition)
	return described, told.Topics[0].Error
}

func (d *driver) describeCluster(ctx context.Context, _ lines.Nothing) (lines.Cluster, error) {
	told, err := d.metadata(ctx)
	if err != nil {
		return lines.Cluster{}, err
	}
	cluster := lines.Cluster{Controller: int32(told.Controller.ID)}
	for _, broker := range told.Brokers {
		node := lines.Node{NodeID: int32(broker.ID), Host: broker.Host, Port: int32(broker.Port)}
		cluster.Brokers = append(cluster.Brokers, node)
	}
	slices.SortFunc(cluster.Brokers, lines.ByNodeID)
	return cluster, nil
}

func (d *driver) topicConfigs(ctx context.Context, request lines.Topic) (map[string]string, error) {
	admin, done := d.admin()
	defer done()
	resource := kafka.DescribeConfigRequestResource{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: request.Topic,
	}
	asked := &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{resource}}
	told, err := admin.DescribeConfigs(ctx, asked)
	if err != nil {
		return nil, err
	}
	configs := map[string]string{}
	for _, answer := range told.Resources {
		if answer.Error != nil {
			return nil, answer.Error
		}
		for _, config := range answer.ConfigEntries {
			configs[config.ConfigName] = config.ConfigValue
		}
	}
	return configs, nil
}

func (d *driver) alterTopicConfigs(ctx context.Context, request lines.AlterTopicConfigs) error {
	admin, done := d.admin()
	defer done()
	resource := kafka.IncrementalAlterConfigsRequestResource{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: request.Topic,
	}
	for name, value := range request.Configs {
		change := kafka.IncrementalAlterConfigsRequestConfig{
			Name: name, Value: value, ConfigOperation: kafka.ConfigOperationSet,
		}
		resource.Configs = append(resource.Configs, change)
	}
	asked := &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{resource},
	}
	answer, err := admin.IncrementalAlterConfigs(ctx, asked)
	if err != nil {
		return err
	}
	for _, each := range answer.Resources {
		if each.Error != nil {
			return each.Error
		}
	}
	return nil
}

// list asks each partition's leader once.
func (d *driver) list(
	ctx context.Context, topic string, asked ...kafka.OffsetRequest,
) ([]kafka.PartitionOffsets, error) {
	admin, done := d.admin()
	defer done()
	told, err := admin.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: asked},
	})
	if err != nil {
		return nil, err
	}
	rows := told.Topics[topic]
	for _, row := range rows {
		if row.Error != nil {
			return nil, row.Error
		}
	}
	return rows, nil
}

// offsets gives where the log begins or ends, or the first offset at or after a time.
func (d *driver) offsets(ctx context.Context, request lines.Offsets) ([]lines.PartitionOffset, error) {
	asked := []kafka.OffsetRequest{}
	for _, partition := range request.Partitions {
		switch request.At.End {
		case "beginning":
			asked = append(asked, kafka.FirstOffsetOf(int(partition)))
		case "end":
			asked = append(asked, kafka.LastOffsetOf(int(partition)))
		default:
			asked = append(asked, kafka.TimeOffsetOf(int(partition), time.UnixMilli(request.At.Number)))
		}
	}
	told, err := d.list(ctx, request.Topic, asked...)
	if err != nil {
		return nil, err
	}
	found := map[int32]*int64{}
	for _, row := range told {
		found[int32(row.Partition)] = offsetOf(row, request.At)
	}
	rows := []lines.PartitionOffset{}
	for _, partition := range request.Partitions {
		rows = append(rows, lines.PartitionOffset{Partition: partition, Offset: found[partition]})
	}
	return rows, nil
}

// offsetOf is nil if no record is as late as that.
func offsetOf(row kafka.PartitionOffsets, at lines.Position) *int64 {
	switch at.End {
	case "beginning":
		return &row.FirstOffset
	case "end":
		return &row.LastOffset
	}
	for offset := range row.Offsets {
		if offset >= 0 {
			return &offset
		}
	}
	return nil
}

// moveLeader makes a node the preferred leader, then elects it.
func (d *driver) moveLeader(ctx context.Context, request lines.MoveLeader) error {
	admin, done := d.admin()
	defer done()
	replicas := []int{}
	for _, replica := range request.Replicas {
		replicas = append(replicas, int(replica))
	}
	moved, err := admin.AlterPartitionReassignments(ctx, &kafka.AlterPartitionReassignmentsRequest{
		Topic: request.Topic,
		Assignments: []kafka.AlterPartitionReassignmentsRequestAssignment{
			{PartitionID: int(request.Partition), BrokerIDs: replicas},
		},
	})
	if err != nil {
		return err
	}
	if moved.Error != nil {
		return moved.Error
	}
	for _, result := range moved.PartitionResults {
		if result.Error != nil {
			return result.Error
		}
	}
	elected, err := admin.ElectLeaders(ctx, &kafka.ElectLeadersRequest{
		Topic: request.Topic, Partitions: []int{int(request.Partition)},
	})
	if err != nil {
		return err
	}
	for _, result := range elected.PartitionResults {
		if result.Error != nil && !errors.Is(result.Error, kafka.ElectionNotNeeded) {
			return result.Error
		}
	}
	return nil
}
