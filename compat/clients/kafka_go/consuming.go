package main

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	lines "kawa/driver/go_lines"
)

// reading is a consumer: a reader for each partition, with one channel for them all.
type reading struct {
	flows    map[partition]*flow
	arrivals chan arrival // without a buffer: what has not been taken stays with its flow
}

type partition struct {
	topic string
	index int32
}

// arrival is a message, or an error that ends its partition.
type arrival struct {
	message kafka.Message
	err     error
}

// flow is one partition that is read.
type flow struct {
	reader  *kafka.Reader
	stop    context.CancelFunc
	running sync.WaitGroup
}

func (d *driver) consumer(ctx context.Context, request lines.NewConsumer) error {
	reading := &reading{flows: map[partition]*flow{}, arrivals: make(chan arrival)}
	d.consumers[request.Consumer] = reading
	for _, place := range request.Assign {
		flow := &flow{reader: kafka.NewReader(d.readerConfig(place, request.Config))}
		reading.flows[partition{place.Topic, place.Partition}] = flow
		if err := d.begin(ctx, reading, flow, place); err != nil {
			return err
		}
	}
	return nil
}

func (d *driver) readerConfig(place lines.Place, asked lines.ConsumerConfig) kafka.ReaderConfig {
	fewest := cmp.Or(asked.FetchMinBytes, 1)
	return kafka.ReaderConfig{
		Brokers:               d.addresses,
		Topic:                 place.Topic,
		Partition:             int(place.Partition),
		MinBytes:              fewest,
		MaxBytes:              max(fewest, cmp.Or(asked.MaxPartitionFetchBytes, 1<<20)),
		MaxWait:               lines.Milliseconds(asked.FetchMaxWaitMS, 200*time.Millisecond),
		ReadBackoffMin:        10 * time.Millisecond,
		ReadBackoffMax:        100 * time.Millisecond,
		MaxAttempts:           100,
		OffsetOutOfRangeError: true,
	}
}

// begin looks the end up at once, so that what is produced from now on is seen.
func (d *driver) begin(ctx context.Context, reading *reading, flow *flow, place lines.Place) error {
	offset := place.Offset.Number
	switch place.Offset.End {
	case "beginning":
		offset = kafka.FirstOffset
	case "end":
		ends, err := d.list(ctx, place.Topic, kafka.LastOffsetOf(int(place.Partition)))
		if err != nil {
			return err
		}
		offset = ends[0].LastOffset
	}
	if err := flow.reader.SetOffset(offset); err != nil {
		return err
	}
	flow.start(reading.arrivals)
	return nil
}

func (f *flow) start(arrivals chan<- arrival) {
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.running.Go(func() {
		for ctx.Err() == nil {
			message, err := f.reader.FetchMessage(ctx)
			select {
			case arrivals <- arrival{message, err}:
			case <-ctx.Done():
			}
			if err != nil {
				return
			}
		}
	})
}

func (r *reading) close() {
	for _, flow := range r.flows {
		flow.stop()
		go flow.reader.Close() // it waits for its fetch, which may be a long poll
	}
}

func (d *driver) reading(name string) (*reading, error) {
	if reading, known := d.consumers[name]; known {
		return reading, nil
	}
	return nil, fmt.Errorf("no consumer %s", name)
}

func (d *driver) seek(ctx context.Context, request lines.Seek) error {
	reading, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	flow, assigned := reading.flows[partition{request.Topic, request.Partition}]
	if !assigned {
		return fmt.Errorf("%s-%d is not assigned", request.Topic, request.Partition)
	}
	flow.stop()
	flow.running.Wait()
	return d.begin(ctx, reading, flow, request.Place)
}

func (d *driver) consume(_ context.Context, request lines.Consume) ([]lines.In, error) {
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

func read(message kafka.Message) lines.In {
	headers := []lines.Header{}
	for _, header := range message.Headers {
		headers = append(headers, lines.Header{Name: header.Key, Value: header.Value})
	}
	return lines.In{
		Topic:       message.Topic,
		Partition:   int32(message.Partition),
		Offset:      message.Offset,
		TimestampMS: message.Time.UnixMilli(),
		Key:         message.Key,
		Value:       message.Value,
		Headers:     headers,
	}
}

func (d *driver) closeConsumer(_ context.Context, request lines.CloseConsumer) error {
	reading, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	delete(d.consumers, request.Consumer)
	reading.close()
	return nil
}
