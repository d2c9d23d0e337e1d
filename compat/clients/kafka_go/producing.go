package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	lines "kawa/driver/go_lines"
)

const (
	largestBatch   = 1 << 20
	smallestRecord = 20
	backoff        = 100 * time.Millisecond
	untold         = -1
)

var acknowledgements = map[string]kafka.RequiredAcks{
	"0": kafka.RequireNone, "1": kafka.RequireOne, "all": kafka.RequireAll,
}

var codecs = map[string]kafka.Compression{
	"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

// newTransport has metadata of its own, looked at often: a writer waits for it after a leader has moved.
func newTransport() *kafka.Transport {
	return &kafka.Transport{ClientID: "compat", MetadataTTL: time.Second, DialTimeout: 5 * time.Second}
}

// producer limits its batches by their records: kafka-go refuses a record that is larger than a batch may be.
func (d *driver) producer(_ context.Context, request lines.NewProducer) error {
	config := request.Config
	timeout := lines.Milliseconds(config.DeliveryTimeoutMS, 20*time.Second)
	d.producers[request.Producer] = &kafka.Writer{
		Addr:                   d.broker(),
		Balancer:               balancer{&kafka.Hash{}},
		MaxAttempts:            max(1, int(timeout/backoff)),
		WriteBackoffMin:        backoff,
		WriteBackoffMax:        backoff,
		BatchSize:              cmp.Or(config.BatchBytes, 16_384)/smallestRecord + 1,
		BatchBytes:             int64(cmp.Or(config.MaxRequestBytes, largestBatch)),
		BatchTimeout:           max(time.Millisecond, config.Linger()),
		RequiredAcks:           acknowledgements[cmp.Or(config.Acks, "all")],
		Compression:            codecs[cmp.Or(config.Compression, "none")],
		Async:                  true,
		Completion:             complete,
		Transport:              newTransport(),
		AllowAutoTopicCreation: true,
	}
	return nil
}

// ticket goes with a message, and comes back.
type ticket struct {
	gathering *lines.Gathering
	record    int
	partition *int32
}

// balancer leaves a record in the partition that it was given, and others to the client.
type balancer struct {
	kafka.Balancer
}

func (b balancer) Balance(message kafka.Message, partitions ...int) int {
	if asked := message.WriterData.(ticket).partition; asked != nil {
		return int(*asked)
	}
	return b.Balancer.Balance(message, partitions...)
}

func complete(messages []kafka.Message, err error) {
	for _, message := range messages {
		ticket := message.WriterData.(ticket)
		if err != nil {
			ticket.gathering.Refused(ticket.record, describe(err))
		} else {
			ticket.gathering.Acknowledged(ticket.record, int32(message.Partition), message.Offset)
		}
	}
}

// produce gives an outcome for each record; what is not over in time is told as that.
func (d *driver) produce(ctx context.Context, request lines.Produce) ([]lines.Outcome, error) {
	writer, known := d.producers[request.Producer]
	if !known {
		return nil, fmt.Errorf("no producer %s", request.Producer)
	}
	gathering := d.pipes.Gather(request)
	messages := make([]kafka.Message, len(request.Records))
	for i, out := range request.Records {
		messages[i] = message(request.Topic, out, ticket{gathering, i, out.Partition})
	}
	if err := write(ctx, writer, messages); err != nil {
		return nil, err
	}
	return gathering.Wait(ctx)
}

// write tries again while a topic is being created, which kafka-go leaves to its users.
func write(ctx context.Context, writer *kafka.Writer, messages []kafka.Message) error {
	for {
		err := writer.WriteMessages(ctx, messages...)
		if !errors.Is(err, kafka.LeaderNotAvailable) && !errors.Is(err, kafka.UnknownTopicOrPartition) {
			return err
		}
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
			return err
		}
	}
}

func message(topic string, out lines.Out, ticket ticket) kafka.Message {
	message := kafka.Message{
		Topic: topic, Key: out.Key, Value: out.Value, Offset: untold, WriterData: ticket,
	}
	for _, header := range out.Headers {
		message.Headers = append(message.Headers, kafka.Header{Key: header.Name, Value: header.Value})
	}
	if out.TimestampMS != nil {
		message.Time = time.UnixMilli(*out.TimestampMS)
	}
	return message
}
