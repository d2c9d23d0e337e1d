package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/IBM/sarama"

	lines "kawa/driver/go_lines"
)

func (d *driver) createTopic(_ context.Context, request lines.CreateTopic) error {
	configs := map[string]*string{}
	for name, value := range request.Configs {
		configs[name] = &value
	}
	return d.admin.CreateTopic(request.Topic, &sarama.TopicDetail{
		NumPartitions:     request.Partitions,
		ReplicationFactor: request.Factor(),
		ConfigEntries:     configs,
	}, false)
}

func (d *driver) createPartitions(_ context.Context, request lines.CreatePartitions) error {
	return d.admin.CreatePartitions(request.Topic, request.Partitions, nil, false)
}

func (d *driver) deleteTopic(_ context.Context, request lines.Topic) error {
	return d.admin.DeleteTopic(request.Topic)
}

func (d *driver) listTopics(context.Context, lines.Nothing) ([]string, error) {
	topics, err := d.admin.ListTopics()
	return slices.Sorted(maps.Keys(topics)), err
}

func (d *driver) describeTopic(_ context.Context, request lines.Topic) (lines.Description, error) {
	topic, err := d.topic(request.Topic)
	if err != nil {
		return lines.Description{}, err
	}
	id := topic.Uuid.String()
	described := lines.Description{TopicID: &id}
	for _, each := range topic.Partitions {
		row := lines.Partition{Partition: each.ID, Leader: each.Leader, Replicas: each.Replicas}
		described.Partitions = append(described.Partitions, row)
	}
	slices.SortFunc(described.Partitions, lines.ByPartition)
	return described, nil
}

func (d *driver) topic(name string) (*sarama.TopicMetadata, error) {
	topics, err := d.admin.DescribeTopics([]string{name})
	if err != nil {
		return nil, err
	}
	if len(topics) != 1 {
		return nil, fmt.Errorf("%d topics were told instead of one", len(topics))
	}
	return topics[0], refused(topics[0].Err)
}

func (d *driver) describeCluster(context.Context, lines.Nothing) (lines.Cluster, error) {
	brokers, controller, err := d.admin.DescribeCluster()
	if err != nil {
		return lines.Cluster{}, err
	}
	cluster := lines.Cluster{Controller: controller}
	for _, broker := range brokers {
		host, port, err := net.SplitHostPort(broker.Addr())
		if err != nil {
			return lines.Cluster{}, err
		}
		number, err := strconv.ParseInt(port, 10, 32)
		if err != nil {
			return lines.Cluster{}, err
		}
		cluster.Brokers = append(cluster.Brokers, lines.Node{NodeID: broker.ID(), Host: host, Port: int32(number)})
	}
	slices.SortFunc(cluster.Brokers, lines.ByNodeID)
	return cluster, nil
}

func (d *driver) topicConfigs(_ context.Context, request lines.Topic) (map[string]string, error) {
	resource := &sarama.ConfigResource{Type: sarama.TopicResource, Name: request.Topic}
	told, err := d.admin.DescribeConfigs([]*sarama.ConfigResource{resource}, sarama.DescribeConfigsOptions{})
	if err != nil {
		return nil, err
	}
	configs := map[string]string{}
	for _, answer := range told {
		if err := refused(answer.ErrorCode); err != nil {
			return nil, err
		}
		for _, config := range answer.Configs {
			configs[config.Name] = config.Value
		}
	}
	return configs, nil
}

func (d *driver) alterTopicConfigs(_ context.Context, request lines.AlterTopicConfigs) error {
	changes := map[string]sarama.IncrementalAlterConfigsEntry{}
	for name, value := range request.Configs {
		changes[name] = sarama.IncrementalAlterConfigsEntry{
			Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value,
		}
	}
	return d.admin.IncrementalAlterConfig(sarama.TopicResource, request.Topic, changes, false)
}

// offsets gives where the log begins or ends, or the first offset at or after a time; -1 is that there is
// none. Before it asks the leaders it looks who they are: sarama leaves that to the caller.
func (d *driver) offsets(_ context.Context, request lines.Offsets) ([]lines.PartitionOffset, error) {
	if err := d.client.RefreshMetadata(request.Topic); err != nil {
		return nil, err
	}
	asked := map[int32]int64{}
	for _, partition := range request.Partitions {
		asked[partition] = position(request.At)
	}
	told, err := d.admin.ListOffsets(map[string]map[int32]int64{request.Topic: asked}, nil)
	if err != nil {
		return nil, err
	}
	rows := []lines.PartitionOffset{}
	for _, partition := range request.Partitions {
		found := told[request.Topic][partition]
		if err := refused(found.Err); err != nil {
			return nil, err
		}
		row := lines.PartitionOffset{Partition: partition}
		if found.Offset >= 0 {
			row.Offset = &found.Offset
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// deleteRecords looks up where the logs begin afterwards: sarama does not tell the low watermarks.
func (d *driver) deleteRecords(ctx context.Context, request lines.DeleteRecords) ([]lines.LowWatermark, error) {
	before := map[int32]int64{}
	for _, each := range request.Partitions {
		before[each.Partition] = each.BeforeOffset
	}
	if err := d.client.RefreshMetadata(request.Topic); err != nil {
		return nil, err
	}
	if err := d.admin.DeleteRecords(request.Topic, before); err != nil {
		return nil, err
	}
	begin, err := d.offsets(ctx, lines.Offsets{
		Topic:      request.Topic,
		Partitions: slices.Sorted(maps.Keys(before)),
		At:         lines.Position{End: "beginning"},
	})
	rows := []lines.LowWatermark{}
	for _, each := range begin {
		rows = append(rows, lines.LowWatermark{Partition: each.Partition, LowWatermark: *each.Offset})
	}
	return rows, err
}

// moveLeader makes a node the preferred leader, then elects it. Sarama takes the replicas of all partitions.
func (d *driver) moveLeader(_ context.Context, request lines.MoveLeader) error {
	topic, err := d.topic(request.Topic)
	if err != nil {
		return err
	}
	replicas := make([][]int32, len(topic.Partitions))
	for _, partition := range topic.Partitions {
		replicas[partition.ID] = partition.Replicas
	}
	replicas[request.Partition] = request.Replicas
	if err := d.admin.AlterPartitionReassignments(request.Topic, replicas); err != nil {
		return err
	}
	places := map[string][]int32{request.Topic: {request.Partition}}
	elected, err := d.admin.ElectLeaders(sarama.PreferredElection, places)
	if err != nil {
		return err
	}
	told := elected[request.Topic][request.Partition]
	if errors.Is(told.ErrorCode, sarama.ErrElectionNotNeeded) {
		return nil
	}
	return refused(told.ErrorCode)
}
