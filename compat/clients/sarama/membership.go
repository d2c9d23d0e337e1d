package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"

	lines "kawa/driver/go_lines"
)

// membership is a consumer in a group. Sarama calls back with sessions, one for each generation.
type membership struct {
	group    sarama.ConsumerGroup
	name     string
	arrivals chan *sarama.ConsumerMessage // without a buffer: what has not been taken stays with its claim
	taken    map[partition]int64          // where to go on
	stop     context.CancelFunc
	running  sync.WaitGroup
	mutex    sync.Mutex
	session  sarama.ConsumerGroupSession
}

const commitAttempts = 50

func (d *driver) join(request lines.NewConsumer) (*membership, error) {
	config := consumerConfig(request.Config)
	config.Consumer.Group.Session.Timeout = lines.Milliseconds(request.Config.SessionTimeoutMS, 6*time.Second)
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.Group.Rebalance.Timeout = 10 * time.Second
	config.Consumer.Group.InstanceId = request.Config.InstanceID
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Metadata.RefreshFrequency = time.Second
	config.Metadata.Retry.Max = 100 // a broker that starts again may take long
	config.Metadata.Retry.Backoff = 100 * time.Millisecond
	group, err := sarama.NewConsumerGroup(d.addresses, request.Group, config)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	m := &membership{
		group:    group,
		name:     request.Group,
		arrivals: make(chan *sarama.ConsumerMessage),
		taken:    map[partition]int64{},
		stop:     stop,
	}
	m.running.Go(func() { m.consume(running, request.Subscribe) })
	m.running.Go(m.tell)
	return m, nil
}

// consume goes from one generation to the next.
func (m *membership) consume(running context.Context, topics []string) {
	for running.Err() == nil {
		err := m.group.Consume(running, topics, m)
		if err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
			sarama.Logger.Println(err)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func (m *membership) tell() {
	for err := range m.group.Errors() {
		sarama.Logger.Println(err)
	}
}

// Setup begins a generation.
func (m *membership) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session = session
	return nil
}

// Cleanup ends a generation.
func (m *membership) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim hands on the messages of one partition as long as it is the member's.
func (m *membership) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		select {
		case m.arrivals <- message:
		case <-session.Context().Done():
			return nil
		}
	}
	return nil
}

func (m *membership) take(request lines.Consume) []lines.In {
	waiting, cancel := request.Context()
	defer cancel()
	found := []lines.In{}
	for len(found) < request.Count {
		select {
		case message := <-m.arrivals:
			m.taken[partition{message.Topic, message.Partition}] = message.Offset + 1
			found = append(found, read(message))
		case <-waiting.Done():
			return found
		}
	}
	return found
}

// commit is sure of itself only when the coordinator says so: sarama tells nobody that a commit has failed, as it does
// where the connection is gone, or the session has been replaced by another.
func (m *membership) commit(admin sarama.ClusterAdmin) error {
	wanted := map[string][]int32{}
	for place := range m.taken {
		wanted[place.topic] = append(wanted[place.topic], place.index)
	}
	var failed error
	for range commitAttempts {
		m.flush()
		told, err := admin.ListConsumerGroupOffsets(m.name, wanted)
		if err == nil && m.isCommitted(told) {
			return nil
		}
		failed = err
		time.Sleep(100 * time.Millisecond)
	}
	return errors.Join(errors.New("the commit did not come through"), failed)
}

func (m *membership) flush() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.session == nil {
		return
	}
	for place, next := range m.taken {
		m.session.MarkOffset(place.topic, place.index, next, "")
	}
	m.session.Commit()
}

func (m *membership) isCommitted(told *sarama.OffsetFetchResponse) bool {
	for place, next := range m.taken {
		block := told.GetBlock(place.topic, place.index)
		if block == nil || block.Offset < next {
			return false
		}
	}
	return true
}

func (m *membership) close() error {
	m.stop()
	err := m.group.Close()
	m.running.Wait()
	return err
}

func (d *driver) commit(_ context.Context, request lines.Commit) error {
	return d.members[request.Consumer].commit(d.admin)
}
