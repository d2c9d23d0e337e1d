package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	lines "kawa/driver/go_lines"
)

var resets = map[string]kgo.Offset{
	"beginning": kgo.NewOffset().AtStart(),
	"end":       kgo.NewOffset().AtEnd(),
	"fail":      kgo.NoResetOffset(),
}

func consumerOptions(config lines.ConsumerConfig) []kgo.Opt {
	return []kgo.Opt{
		kgo.ConsumeResetOffset(resets[cmp.Or(config.OffsetReset, "beginning")]),
		kgo.FetchMaxWait(lines.Milliseconds(config.FetchMaxWaitMS, 200*time.Millisecond)),
		kgo.FetchMinBytes(int32(cmp.Or(config.FetchMinBytes, 1))),
		kgo.FetchMaxPartitionBytes(int32(cmp.Or(config.MaxPartitionFetchBytes, 1<<20))),
	}
}

func memberOptions(request lines.NewConsumer) []kgo.Opt {
	options := []kgo.Opt{
		kgo.ConsumerGroup(request.Group),
		kgo.ConsumeTopics(request.Subscribe...),
		kgo.SessionTimeout(lines.Milliseconds(request.Config.SessionTimeoutMS, 6*time.Second)),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.DisableAutoCommit(),
	}
	if request.Config.InstanceID != "" {
		options = append(options, kgo.InstanceID(request.Config.InstanceID))
	}
	if request.Config.GroupProtocol == "consumer" {
		options = append(options, kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer()))
	}
	return options
}

func (d *driver) consumer(ctx context.Context, request lines.NewConsumer) error {
	options := consumerOptions(request.Config)
	if request.Group != "" {
		options = append(options, memberOptions(request)...)
	} else {
		assigned, err := d.assigned(ctx, request)
		if err != nil {
			return err
		}
		options = append(options, kgo.ConsumePartitions(assigned))
	}
	client, err := d.open(options...)
	if err != nil {
		return err
	}
	d.consumers[request.Consumer] = client
	return nil
}

func (d *driver) assigned(
	ctx context.Context, request lines.NewConsumer,
) (map[string]map[int32]kgo.Offset, error) {
	assigned := map[string]map[int32]kgo.Offset{}
	for _, place := range request.Assign {
		offset, err := d.position(ctx, place)
		if err != nil {
			return nil, err
		}
		if assigned[place.Topic] == nil {
			assigned[place.Topic] = map[int32]kgo.Offset{}
		}
		assigned[place.Topic][place.Partition] = offset
	}
	return assigned, nil
}

func (d *driver) commit(ctx context.Context, request lines.Commit) error {
	client, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	return client.CommitUncommittedOffsets(ctx)
}

// position looks the end up at once, so that what is produced from now on is seen.
func (d *driver) position(ctx context.Context, place lines.Place) (kgo.Offset, error) {
	switch place.Offset.End {
	case "beginning":
		return kgo.NewOffset().AtStart(), nil
	case "end":
		ends, err := d.admin.ListEndOffsets(ctx, place.Topic)
		if err != nil {
			return kgo.Offset{}, err
		}
		end, err := listed(ends, place.Topic, place.Partition)
		return kgo.NewOffset().At(end.Offset), err
	}
	return kgo.NewOffset().At(place.Offset.Number), nil
}

func (d *driver) reading(name string) (*kgo.Client, error) {
	if client, known := d.consumers[name]; known {
		return client, nil
	}
	return nil, fmt.Errorf("no consumer %s", name)
}

// seek takes the partition away and gives it back: SetOffsets would do nothing before the first fetch.
func (d *driver) seek(ctx context.Context, request lines.Seek) error {
	client, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	offset, err := d.position(ctx, request.Place)
	if err != nil {
		return err
	}
	client.RemoveConsumePartitions(map[string][]int32{request.Topic: {request.Partition}})
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{request.Topic: {request.Partition: offset}})
	return nil
}

func (d *driver) consume(_ context.Context, request lines.Consume) ([]lines.In, error) {
	client, err := d.reading(request.Consumer)
	if err != nil {
		return nil, err
	}
	waiting, cancel := request.Context()
	defer cancel()
	found := []lines.In{}
	for len(found) < request.Count && waiting.Err() == nil {
		fetches := client.PollRecords(waiting, request.Count-len(found))
		for _, failed := range fetches.Errors() {
			if !passes(failed.Err) {
				return nil, failed.Err
			}
		}
		fetches.EachRecord(func(record *kgo.Record) { found = append(found, read(record)) })
	}
	return found, nil
}

// passes tells of errors after which the client goes on by itself: a group's session is begun anew.
func passes(err error) bool {
	lost := new(kgo.ErrGroupSession)
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &lost)
}

func read(record *kgo.Record) lines.In {
	headers := []lines.Header{}
	for _, header := range record.Headers {
		headers = append(headers, lines.Header{Name: header.Key, Value: header.Value})
	}
	return lines.In{
		Topic:       record.Topic,
		Partition:   record.Partition,
		Offset:      record.Offset,
		TimestampMS: record.Timestamp.UnixMilli(),
		Key:         record.Key,
		Value:       record.Value,
		Headers:     headers,
	}
}

func (d *driver) closeConsumer(_ context.Context, request lines.CloseConsumer) error {
	client, err := d.reading(request.Consumer)
	if err != nil {
		return err
	}
	delete(d.consumers, request.Consumer)
	client.Close()
	return nil
}
