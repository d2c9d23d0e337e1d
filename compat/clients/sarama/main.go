// The driver of sarama. Its consumers tell of an offset out of range and end: none starts over by itself.
package main

import (
	"context"
	"log"
	"os"

	"github.com/IBM/sarama"

	lines "kawa/driver/go_lines"
)

var features = []string{
	"codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd",
	"headers", "null_headers", "idempotence", "timestamps", "admin", "topic_ids", "delete_records",
	"create_partitions", "delivery_reports", "topic_configs", "move_leader", "offsets_for_times",
	"assigned_partitions", "acks", "partitioner", "empties", "groups", "static_members",
}

// driver has one method an operation; see compat/README.md.
type driver struct {
	pipes     *lines.Pipes
	addresses []string
	producers map[string]sarama.AsyncProducer
	consumers map[string]*reading
	members   map[string]*membership
	client    sarama.Client // is closed by admin
	admin     sarama.ClusterAdmin
}

func main() {
	d := &driver{pipes: lines.NewPipes()}
	sarama.Logger = log.New(os.Stderr, "", log.LstdFlags|log.Lmicroseconds)
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

func (d *driver) hello(context.Context, lines.Nothing) (lines.Hello, error) {
	version, err := lines.VersionOf("github.com/IBM/sarama")
	return lines.Hello{Client: "sarama", Version: version, Features: features}, err
}

func (d *driver) connect(ctx context.Context, request lines.Connect) error {
	if err := d.quit(ctx, lines.Nothing{}); err != nil {
		return err
	}
	d.addresses = request.Addresses()
	client, err := sarama.NewClient(d.addresses, newConfig())
	if err != nil {
		return err
	}
	d.client = client
	d.admin, err = sarama.NewClusterAdminFromClient(client)
	return err
}

func (d *driver) quit(context.Context, lines.Nothing) error {
	for _, producer := range d.producers {
		producer.AsyncClose() // Close would wait for what cannot be sent
	}
	for _, reading := range d.consumers {
		reading.close()
	}
	for _, member := range d.members {
		if err := member.close(); err != nil {
			sarama.Logger.Println(err)
		}
	}
	d.producers, d.consumers = map[string]sarama.AsyncProducer{}, map[string]*reading{}
	d.members = map[string]*membership{}
	admin := d.admin
	d.admin = nil
	if admin == nil {
		return nil
	}
	return admin.Close()
}

// newConfig takes the newest version of each request that sarama and the broker have in common. Only producers
// create the topics that they ask for.
func newConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.ClientID = "compat"
	config.Metadata.AllowAutoTopicCreation = false
	return config
}
