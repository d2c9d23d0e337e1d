// The driver of franz-go, with kadm for administration.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	lines "kawa/driver/go_lines"
)

var features = []string{
	"codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd",
	"headers", "null_headers", "idempotence", "timestamps", "admin", "topic_ids", "delete_records",
	"create_partitions", "delivery_reports", "topic_configs", "move_leader", "offsets_for_times",
	"assigned_partitions", "offset_reset", "acks", "partitioner", "empties", "groups",
	"static_members", "consumer_protocol",
}

// driver has one method an operation; see compat/README.md.
type driver struct {
	pipes     *lines.Pipes
	addresses []string
	producers map[string]*kgo.Client
	consumers map[string]*kgo.Client
	admin     *kadm.Client
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
		"commit":              lines.Doing(d.commit),
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
		"delete_records":      lines.Giving(d.deleteRecords),
		"move_leader":         lines.Doing(d.moveLeader),
	}, describe)
}

// describe gives Kafka's code and name if it is one of Kafka's errors.
func describe(err error) lines.Failure {
	if told := new(kerr.Error); errors.As(err, &told) {
		return lines.Kafka(told.Code, told.Message, err.Error())
	}
	return lines.Own(err)
}

func (d *driver) hello(context.Context, lines.Nothing) (lines.Hello, error) {
	version, err := lines.VersionOf("github.com/twmb/franz-go")
	return lines.Hello{Client: "franz-go", Version: version, Features: features}, err
}

func (d *driver) connect(ctx context.Context, request lines.Connect) error {
	if err := d.quit(ctx, lines.Nothing{}); err != nil {
		return err
	}
	d.addresses = request.Addresses()
	client, err := d.open()
	if err != nil {
		return err
	}
	d.admin = kadm.NewClient(client)
	return nil
}

func (d *driver) quit(context.Context, lines.Nothing) error {
	for _, clients := range []map[string]*kgo.Client{d.producers, d.consumers} {
		for _, client := range clients {
			client.Close()
		}
	}
	if d.admin != nil {
		d.admin.Close()
	}
	d.producers, d.consumers, d.admin = map[string]*kgo.Client{}, map[string]*kgo.Client{}, nil
	return nil
}

// open gives a client of the cluster that is connected to. It looks again for a leader that has moved
// after less than its usual five seconds.
func (d *driver) open(options ...kgo.Opt) (*kgo.Client, error) {
	common := []kgo.Opt{
		kgo.SeedBrokers(d.addresses...),
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.MetadataMaxAge(time.Second),
		kgo.WithLogger(kgo.BasicLogger(os.Stderr, kgo.LogLevelError, nil)),
	}
	return kgo.NewClient(append(common, options...)...)
}
