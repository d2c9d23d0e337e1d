package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	lines "kawa/driver/go_lines"
)

const (
	largestBatch = 1 << 20
	unassigned   = -1
)

var acknowledgements = map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func producerOptions(config lines.ProducerConfig) []kgo.Opt {
	options := []kgo.Opt{
		kgo.RequiredAcks(acknowledgements[cmp.Or(config.Acks, "all")]),
		kgo.ProducerBatchCompression(codecs[cmp.Or(config.Compression, "none")]),
		kgo.ProducerLinger(config.Linger()),
		kgo.ProducerBatchMaxBytes(int32(cmp.Or(config.BatchBytes, largestBatch))),
		kgo.BrokerMaxWriteBytes(int32(cmp.Or(config.MaxRequestBytes, 8<<20))),
		kgo.RecordPartitioner(partitioner{kgo.StickyKeyPartitioner(nil)}),
		kgo.AllowAutoTopicCreation(),
	}
	if config.DeliveryTimeoutMS > 0 { // which counts from the record's timestamp
		timeout := time.Duration(config.DeliveryTimeoutMS) * time.Millisecond
		options = append(options, kgo.RecordDeliveryTimeout(timeout))
	}
	if !config.Idempotence {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	return options
}

func (d *driver) producer(_ context.Context, request lines.NewProducer) error {
	client, err := d.open(producerOptions(request.Config)...)
	if err != nil {
		return err
	}
	d.producers[request.Producer] = client
	return nil
}

// produce gives an outcome for each record; what is not over in time is told as that.
func (d *driver) produce(ctx context.Context, request lines.Produce) ([]lines.Outcome, error) {
	client, known := d.producers[request.Producer]
	if !known {
		return nil, fmt.Errorf("no producer %s", request.Producer)
	}
	gathering := d.pipes.Gather(request)
	for i, out := range request.Records {
		client.Produce(ctx, record(request.Topic, out), func(sent *kgo.Record, err error) {
			if err != nil {
				gathering.Refused(i, describe(err))
			} else {
				gathering.Acknowledged(i, sent.Partition, sent.Offset)
			}
		})
	}
	return gathering.Wait(ctx)
}

func record(topic string, out lines.Out) *kgo.Record {
	record := &kgo.Record{Topic: topic, Key: out.Key, Value: out.Value, Partition: unassigned}
	for _, header := range out.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
	}
	if out.Partition != nil {
		record.Partition = *out.Partition
	}
	if out.TimestampMS != nil {
		record.Timestamp = time.UnixMilli(*out.TimestampMS)
	}
	return record
}

// partitioner leaves a record in the partition that it was given, and others to the client.
type partitioner struct {
	kgo.Partitioner
}

func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return topicPartitioner{p.Partitioner.ForTopic(topic)}
}

type topicPartitioner struct {
	kgo.TopicPartitioner
}

func (p topicPartitioner) RequiresConsistency(record *kgo.Record) bool {
	return record.Partition != unassigned || p.TopicPartitioner.RequiresConsistency(record)
}

func (p topicPartitioner) Partition(record *kgo.Record, partitions int) int {
	if record.Partition != unassigned {
		return int(record.Partition)
	}
	return p.TopicPartitioner.Partition(record, partitions)
}

func (p topicPartitioner) OnNewBatch() {
	if sticky, ok := p.TopicPartitioner.(kgo.TopicPartitionerOnNewBatch); ok {
		sticky.OnNewBatch()
	}
}
