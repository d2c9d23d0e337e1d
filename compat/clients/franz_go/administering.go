package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	lines "kawa/driver/go_lines"
)

func (d *driver) createTopic(ctx context.Context, request lines.CreateTopic) error {
	configs := map[string]*string{}
	for name, value := range request.Configs {
		configs[name] = &value
	}
	_, err := d.admin.CreateTopic(ctx, request.Partitions, request.Factor(), configs, request.Topic)
	return err
}

func (d *driver) createPartitions(ctx context.Context, request lines.CreatePartitions) error {
	answers, err := d.admin.UpdatePartitions(ctx, int(request.Partitions), request.Topic)
	if err != nil {
		return err
	}
	return answers.Error()
}

// deleteTopic makes the producers forget the topic, too: they keep its id, and refuse to adopt the one that
// a topic of this name may have later.
func (d *driver) deleteTopic(ctx context.Context, request lines.Topic) error {
	if _, err := d.admin.DeleteTopic(ctx, request.Topic); err != nil {
		return err
	}
	for _, client := range d.producers {
		client.PurgeTopicsFromProducing(request.Topic)
	}
	return nil
}

// uncached makes kadm ask: metadata that it has kept tells nothing of authorized operations.
func uncached(ctx context.Context) context.Context {
	return kadm.WithAuthorizedOps(ctx)
}

func (d *driver) listTopics(ctx context.Context, _ lines.Nothing) ([]string, error) {
	topics, err := d.admin.ListTopics(uncached(ctx))
	return topics.Names(), err
}

func (d *driver) describeTopic(ctx context.Context, request lines.Topic) (lines.Description, error) {
	topics, err := d.admin.ListTopics(uncached(ctx), request.Topic)
	if err != nil {
		return lines.Description{}, err
	}
	topic := topics[request.Topic]
	if topic.Err != nil {
		return lines.Description{}, topic.Err
	}
	id := topic.ID.String()
	described := lines.Description{TopicID: &id}
	for _, each := range topic.Partitions.Sorted() {
		row := lines.Partition{Partition: each.Partition, Leader: each.Leader, Replicas: each.Replicas}
		described.Partitions = append(described.Partitions, row)
	}
	return described, nil
}

func (d *driver) describeCluster(ctx context.Context, _ lines.Nothing) (lines.Cluster, error) {
	metadata, err := d.admin.BrokerMetadata(uncached(ctx))
	if err != nil {
		return lines.Cluster{}, err
	}
	cluster := lines.Cluster{Controller: metadata.Controller}
	for _, broker := range metadata.Brokers {
		row := lines.Node{NodeID: broker.NodeID, Host: broker.Host, Port: broker.Port}
		cluster.Brokers = append(cluster.Brokers, row)
	}
	slices.SortFunc(cluster.Brokers, lines.ByNodeID)
	return cluster, nil
}

func (d *driver) topicConfigs(ctx context.Context, request lines.Topic) (map[string]*string, error) {
	resources, err := d.admin.DescribeTopicConfigs(ctx, request.Topic)
	if err != nil {
		return nil, err
	}
	resource, err := resources.On(request.Topic, nil)
	if err != nil {
		return nil, err
	}
	configs := map[string]*string{}
	for _, config := range resource.Configs {
		configs[config.Key] = config.Value
	}
	return configs, resource.Err
}

func (d *driver) alterTopicConfigs(ctx context.Context, request lines.AlterTopicConfigs) error {
	changes := []kadm.AlterConfig{}
	for name, value := range request.Configs {
		changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value})
	}
	answers, err := d.admin.AlterTopicConfigs(ctx, changes, request.Topic)
	if err != nil {
		return err
	}
	answer, err := answers.On(request.Topic, nil)
	if err != nil {
		return err
	}
	return answer.Err
}

// offsets gives where the log begins or ends, or the first offset at or after a time; where there is no
// such record, kadm gives the end of the log, without a time.
func (d *driver) offsets(ctx context.Context, request lines.Offsets) ([]lines.PartitionOffset, error) {
	found, err := d.listOffsets(ctx, request)
	if err != nil {
		return nil, err
	}
	rows := []lines.PartitionOffset{}
	for _, partition := range request.Partitions {
		hit, err := listed(found, request.Topic, partition)
		if err != nil {
			return nil, err
		}
		row := lines.PartitionOffset{Partition: partition}
		if request.At.End != "" || hit.Timestamp >= 0 {
			row.Offset = &hit.Offset
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (d *driver) listOffsets(ctx context.Context, request lines.Offsets) (kadm.ListedOffsets, error) {
	switch request.At.End {
	case "beginning":
		return d.admin.ListStartOffsets(ctx, request.Topic)
	case "end":
		return d.admin.ListEndOffsets(ctx, request.Topic)
	}
	return d.admin.ListOffsetsAfterMilli(ctx, request.At.Number, request.Topic)
}

func listed(offsets kadm.ListedOffsets, topic string, partition int32) (kadm.ListedOffset, error) {
	found, known := offsets.Lookup(topic, partition)
	if !known {
		return found, cmp.Or(offsets.Error(), fmt.Errorf("no offset was told of %s-%d", topic, partition))
	}
	return found, found.Err
}

func (d *driver) deleteRecords(ctx context.Context, request lines.DeleteRecords) ([]lines.LowWatermark, error) {
	before := kadm.Offsets{}
	for _, each := range request.Partitions {
		before.AddOffset(request.Topic, each.Partition, each.BeforeOffset, -1)
	}
	answers, err := d.admin.DeleteRecords(ctx, before)
	if err != nil {
		return nil, err
	}
	rows := []lines.LowWatermark{}
	for _, answer := range answers.Sorted() {
		if answer.Err != nil {
			return nil, answer.Err
		}
		rows = append(rows, lines.LowWatermark{Partition: answer.Partition, LowWatermark: answer.LowWatermark})
	}
	return rows, nil
}

// moveLeader makes a node the preferred leader, then elects it.
func (d *driver) moveLeader(ctx context.Context, request lines.MoveLeader) error {
	var moves kadm.AlterPartitionAssignmentsReq
	moves.Assign(request.Topic, request.Partition, request.Replicas)
	moved, err := d.admin.AlterPartitionAssignments(ctx, moves)
	if err != nil {
		return err
	}
	if err := moved.Error(); err != nil {
		return err
	}
	var places kadm.TopicsSet
	places.Add(request.Topic, request.Partition)
	elected, err := d.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, places)
	if err != nil {
		return err
	}
	if err := elected[request.Topic][request.Partition].Err; !errors.Is(err, kerr.ElectionNotNeeded) {
		return err
	}
	return nil
}
