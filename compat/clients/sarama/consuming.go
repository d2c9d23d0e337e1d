package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"

	lines "kawa/driver/go_lines"
)

func consumerConfig(asked lines.ConsumerConfig) *sarama.Config {
	config := newConfig()
	config.Consumer.MaxWaitTime = lines.Milliseconds(asked.FetchMaxWaitMS, 200*time.Millisecond)
	config.Consumer.Fetch.Min = int32(cmp.Or(asked.FetchMinBytes, 1))
	config.Consumer.Fetch.Default = int32(cmp.Or(asked.MaxPartitionFetchBytes, 1<<20))
	config.Consumer.Retry.Backoff = 100 * time.Millisecond
	config.Consumer.Return.Errors = true
	return config
}

// reading is a consumer, whose partitions each have a channel of their own, with one channel for them all.
type reading struct {
	consumer sarama.Consumer
	flows    map[partition]*flow
	arrivals chan arrival // without a buffer: what has not been taken stays with its flow
}

type partition struct {
	topic string
	index int32
}

// arrival is a message, or an error that ends its partition.
type arrival struct {
	message *sarama.ConsumerMessage
	err     error
}

// flow is one partition that is read.
type flow struct {
	source  sarama.PartitionConsumer
	stopped chan struct{}
	running sync.WaitGroup
}

// begin reads partitions, all at once: each has to wait for the end of its broker's fetch before it can join.
func (r *reading) begin(places ...lines.Place) error {
	sources := make([]sarama.PartitionConsumer, len(places))
	failures := make([]error, len(places))
	var beginning sync.WaitGroup
	for i, place := range places {
		beginning.Go(func() {
			offset := position(place.Offset)
			sources[i], failures[i] = r.consumer.ConsumePartition(place.Topic, place.Partition, offset)
		})
	}
	beginning.Wait()
	for i, place := range places {
		if failures[i] == nil {
			r.flows[partition{place.Topic, place.Partition}] = newFlow(sources[i], r.arrivals)
		}
	}
	return errors.Join(failures...)
}

func newFlow(source sarama.PartitionConsumer, arrivals chan<- arrival) *flow {
	flow := &flow{source: source, stopped: make(chan struct{})}
	flow.running.Go(func() { flow.passMessages(arrivals) })
	flow.running.Go(func() { flow.passErrors(arrivals) })
	return flow
}

// position has "end" looked up at once by ConsumePartition, so that what is produced from now on is seen.
func position(asked lines.Position) int64 {
	switch asked.End {
	case "beginning":
		return sarama.OffsetOldest
	case "end":
		return sarama.OffsetNewest
	}
	return asked.Number
}

// passMessages goes on until sarama closes the channel; what comes after the stop is thrown away.
func (f *flow) passMessages(arrivals chan<- arrival) {
	for message := range f.source.Messages() {
		select {
		case arrivals <- arrival{message: message}:
		case <-f.stopped:
		}
	}
}

// passErrors tells of the one error after which sarama does not try again by itself.
func (f *flow) passErrors(arrivals chan<- arrival) {
	for failed := range f.source.Errors() {
		if !errors.Is(failed, sarama.ErrOffsetOutOfRange) {
			sarama.Logger.Println(failed)
			continue
		}
		select {
		case arrivals <- arrival{err: failed}:
		case <-f.stopped:
		}
	}
}

func (f *flow) stop() {
	close(f.stopped)
	f.source.AsyncClose()
}

// close does not wait for the end, since a flow ends after its fetch, which may be a long poll.
func (r *reading) close() {
	for _, flow := range r.flows {
		flow.stop()
	}
	go func() {
		for _, flow := range r.flows {
			flow.running.Wait()
		}
		if err := r.consumer.Close(); err != nil {
			sarama.Logger.Println(err)
		}
	}()
}

func (d *driver) consumer(_ context.Context, request lines.NewConsumer) error {
	if request.Group != "" {
		member, err := d.join(request)
		if err == nil {
			d.members[request.Consumer] = member
		}
		return err
	}
	consumer, err := sarama.NewConsumer(d.addresses, consumerConfig(request.Config))
	if err != nil {
		return err
	}
	reading := &reading{consumer: consumer, flows: map[partition]*flow{}, arrivals: make(chan arrival)}
	d.consumers[request.Consumer] = reading
	return reading.begin(request.Assign...)
}

func (d *driver) reading(name string) (*reading, error) {
	if reading, known := d.consumers[name]; known {
		return reading, nil
	}
	return nil, fmt.Errorf("no consumer %s", name)
}

// seek takes the partition away and gives it back: sarama's consumers do not move.
func (d *driver) seek(_ context.Context, request lines.Seek) error {
	reading, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	if flow, assigned := reading.flows[partition{request.Topic, request.Partition}]; assigned {
		flow.stop()
		flow.running.Wait()
	}
	return reading.begin(request.Place)
}

func (d *driver) consume(_ context.Context, request lines.Consume) ([]lines.In, error) {
	if member, isMember := d.members[request.Consumer]; isMember {
		return member.take(request), nil
	}
	reading, err := d.reading(request.Consumer)
	if err != nil {
		return nil, err
	}
	waiting, cancel := request.Context()
	defer cancel()
	found := []lines.In{}
	for len(found) < request.Count {
		select {
		case arrived := <-reading.arrivals:
			if arrived.err != nil {
				return nil, arrived.err
			}
			found = append(found, read(arrived.message))
		case <-waiting.Done():
			return found, nil
		}
	}
	return found, nil
}

func read(message *sarama.ConsumerMessage) lines.In {
	headers := []lines.Header{}
	for _, header := range message.Headers {
		headers = append(headers, lines.Header{Name: string(header.Key), Value: header.Value})
	}
	return lines.In{
		Topic:       message.Topic,
		Partition:   message.Partition,
		Offset:      message.Offset,
		TimestampMS: message.Timestamp.UnixMilli(),
		Key:         message.Key,
		Value:       message.Value,
		Headers:     headers,
	}
}

func (d *driver) closeConsumer(_ context.Context, request lines.CloseConsumer) error {
	if member, isMember := d.members[request.Consumer]; isMember {
		delete(d.members, request.Consumer)
		return member.close()
	}
	reading, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	delete(d.consumers, request.Consumer)
	reading.close()
	return nil
}
