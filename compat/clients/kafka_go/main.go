// The driver of segmentio/kafka-go. It has no idempotent producers, its readers do not start over by themselves,
// and what is empty is null to them.
package main

import (
	"context"
	"net"

	"github.com/segmentio/kafka-go"

	lines "kawa/driver/go_lines"
)

var features = []string{
	"codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd",
	"headers", "null_headers", "timestamps", "admin", "create_partitions", "delivery_reports",
	"topic_configs", "move_leader", "offsets_for_times", "assigned_partitions", "acks", "partitioner",
}

// driver has one method an operation; see compat/README.md.
type driver struct {
	pipes     *lines.Pipes
	addresses []string
	producers map[string]*kafka.Writer
	consumers map[string]*reading
}

func main() {
	d := &driver{pipes: lines.NewPipes()}
	d.pipes.Run(lines.Operations{
		"hello":               lines.Giving(d.hello),
		"connect":             lines.Doing(d.connect),
		"quit":                lines.Doing(d.quit),
		"producer":            lines.Doing(d.producer),
		"produce":             lines.Giving(d.produce),
		"consumer":            lines.Doing(d.consumer),
		"consume":             lines.Giving(d.consume),
		"seek":                lines.Doing(d.seek),
		"close_consumer":      lines.Doing(d.closeConsumer),
		"offsets":             lines.Giving(d.offsets),
		"create_topic":        lines.Doing(d.createTopic),
		"create_partitions":   lines.Doing(d.createPartitions),
		"delete_topic":        lines.Doing(d.deleteTopic),
		"list_topics":         lines.Giving(d.listTopics),
		"describe_topic":      lines.Giving(d.describeTopic),
		"describe_cluster":    lines.Giving(d.describeCluster),
		"topic_configs":       lines.Giving(d.topicConfigs),
		"alter_topic_configs": lines.Doing(d.alterTopicConfigs),
		"move_leader":         lines.Doing(d.moveLeader),
	}, describe)
}

func (d *driver) hello(context.Context, lines.Nothing) (lines.Hello, error) {
	version, err := lines.VersionOf("github.com/segmentio/kafka-go")
	return lines.Hello{Client: "kafka-go", Version: version, Features: features}, err
}

func (d *driver) connect(ctx context.Context, request lines.Connect) error {
	if err := d.quit(ctx, lines.Nothing{}); err != nil {
		return err
	}
	d.addresses = request.Addresses()
	return nil
}

func (d *driver) quit(context.Context, lines.Nothing) error {
	for _, reading := range d.consumers {
		reading.close()
	}
	for _, writer := range d.producers {
		go writer.Close() // which would wait for what cannot be sent
	}
	d.producers, d.consumers = map[string]*kafka.Writer{}, map[string]*reading{}
	return nil
}

func (d *driver) broker() net.Addr {
	return kafka.TCP(d.addresses...)
}

// admin is a client for one operation: one that is kept has metadata of a second ago, and connections that a
// broker may have left.
func (d *driver) admin() (client *kafka.Client, done func()) {
	transport := newTransport()
	return &kafka.Client{Addr: d.broker(), Transport: transport}, transport.CloseIdleConnections
}
