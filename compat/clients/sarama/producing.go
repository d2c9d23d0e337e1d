package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/IBM/sarama"

	lines "kawa/driver/go_lines"
)

const (
	unassigned = -1
	untold     = -1
)

var acknowledgements = map[string]sarama.RequiredAcks{
	"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll,
}

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func producerConfig(asked lines.ProducerConfig) *sarama.Config {
	config := newConfig()
	config.Metadata.AllowAutoTopicCreation = true
	config.Producer.RequiredAcks = acknowledgements[cmp.Or(asked.Acks, "all")]
	config.Producer.Compression = codecs[cmp.Or(asked.Compression, "none")]
	config.Producer.Flush.Frequency = asked.Linger()
	config.Producer.MaxMessageBytes = cmp.Or(asked.BatchBytes, config.Producer.MaxMessageBytes)
	config.Producer.Partitioner = newPartitioner
	config.Producer.Return.Successes = true
	timeout := lines.Milliseconds(asked.DeliveryTimeoutMS, 20*time.Second)
	// Sarama counts its attempts, and has no clock; a batch whose leader it does not find it gives up.
	config.Producer.Retry.Max = max(1, int(timeout/config.Producer.Retry.Backoff))
	config.Metadata.Retry.Max = int(timeout / config.Metadata.Retry.Backoff)
	if asked.Idempotence {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1 // or sarama refuses
	}
	return config
}

func (d *driver) producer(_ context.Context, request lines.NewProducer) error {
	producer, err := sarama.NewAsyncProducer(d.addresses, producerConfig(request.Config))
	if err != nil {
		return err
	}
	go tellSuccesses(producer)
	go tellErrors(producer)
	d.producers[request.Producer] = producer
	return nil
}

// ticket goes with a message, and comes back.
type ticket struct {
	gathering *lines.Gathering
	record    int
}

func tellSuccesses(producer sarama.AsyncProducer) {
	for message := range producer.Successes() {
		ticket := message.Metadata.(ticket)
		ticket.gathering.Acknowledged(ticket.record, message.Partition, message.Offset)
	}
}

func tellErrors(producer sarama.AsyncProducer) {
	for failed := range producer.Errors() {
		ticket := failed.Msg.Metadata.(ticket)
		ticket.gathering.Refused(ticket.record, describe(failed.Err))
	}
}

// produce gives an outcome for each record; what is not over in time is told as that.
func (d *driver) produce(ctx context.Context, request lines.Produce) ([]lines.Outcome, error) {
	producer, known := d.producers[request.Producer]
	if !known {
		return nil, fmt.Errorf("no producer %s", request.Producer)
	}
	gathering := d.pipes.Gather(request)
	for i, out := range request.Records {
		select {
		case producer.Input() <- message(request.Topic, out, ticket{gathering, i}):
		case <-ctx.Done():
		}
	}
	return gathering.Wait(ctx)
}

func message(topic string, out lines.Out, ticket ticket) *sarama.ProducerMessage {
	message := &sarama.ProducerMessage{
		Topic:     topic,
		Key:       encoder(out.Key),
		Value:     encoder(out.Value),
		Partition: unassigned,
		Offset:    untold, // stays as it is where the broker tells none
		Metadata:  ticket,
	}
	for _, header := range out.Headers {
		message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
	}
	if out.Partition != nil {
		message.Partition = *out.Partition
	}
	if out.TimestampMS != nil {
		message.Timestamp = time.UnixMilli(*out.TimestampMS)
	}
	return message
}

// encoder is nil for null: a ByteEncoder of nil bytes would be empty instead.
func encoder(bytes []byte) sarama.Encoder {
	if bytes == nil {
		return nil
	}
	return sarama.ByteEncoder(bytes)
}

// partitioner leaves a record in the partition that it was given, and others to the client.
type partitioner struct {
	sarama.Partitioner
}

func newPartitioner(topic string) sarama.Partitioner {
	return partitioner{sarama.NewHashPartitioner(topic)}
}

func (p partitioner) Partition(message *sarama.ProducerMessage, partitions int32) (int32, error) {
	if message.Partition != unassigned {
		return message.Partition, nil
	}
	return p.Partitioner.Partition(message, partitions)
}
