package lines

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Nothing is asked with.
type Nothing struct{}

// Connect is asked where to go from now on.
type Connect struct {
	Bootstrap string
}

// Addresses are those of the brokers to begin with.
func (c Connect) Addresses() []string {
	return strings.Split(c.Bootstrap, ",")
}

// NewProducer asks for a producer.
type NewProducer struct {
	Producer string
	Config   ProducerConfig
}

// ProducerConfig has the words of the protocol; what is not told is zero.
type ProducerConfig struct {
	Acks              string
	Compression       string
	Idempotence       bool
	LingerMS          *int `json:"linger_ms"`
	BatchBytes        int  `json:"batch_bytes"`
	MaxRequestBytes   int  `json:"max_request_bytes"`
	DeliveryTimeoutMS int  `json:"delivery_timeout_ms"`
}

// Linger is how long a batch is waited for.
func (c ProducerConfig) Linger() time.Duration {
	if c.LingerMS == nil {
		return 5 * time.Millisecond
	}
	return time.Duration(*c.LingerMS) * time.Millisecond
}

// Produce asks for one outcome a record.
type Produce struct {
	ID            int64
	Producer      string
	Topic         string
	Records       []Out
	ProgressEvery int `json:"progress_every"`
}

// Out is a record to produce. No partition: the client chooses; no time: the client's own.
type Out struct {
	Key         []byte
	Value       []byte
	Headers     []Header
	Partition   *int32
	TimestampMS *int64 `json:"timestamp_ms"`
}

// Header is a pair in JSON.
type Header struct {
	Name  string
	Value []byte
}

// UnmarshalJSON reads [name, value].
func (h *Header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&h.Name, &h.Value})
}

// MarshalJSON writes [name, value].
func (h Header) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{h.Name, h.Value})
}

// NewConsumer asks for a consumer of these partitions, or for a group's member that reads these topics.
type NewConsumer struct {
	Consumer  string
	Assign    []Place
	Group     string
	Subscribe []string
	Config    ConsumerConfig
}

// Commit asks a group's member to commit what it has read.
type Commit struct {
	Consumer string
}

// ConsumerConfig has the words of the protocol; what is not told is zero.
type ConsumerConfig struct {
	OffsetReset            string `json:"offset_reset"`
	FetchMaxWaitMS         int    `json:"fetch_max_wait_ms"`
	FetchMinBytes          int    `json:"fetch_min_bytes"`
	MaxPartitionFetchBytes int    `json:"max_partition_fetch_bytes"`
	SessionTimeoutMS       int    `json:"session_timeout_ms"`
	InstanceID             string `json:"instance_id"`
	GroupProtocol          string `json:"group_protocol"`
}

// Place is where to read from.
type Place struct {
	Topic     string
	Partition int32
	Offset    Position
}

// Position is an offset or a time, or one of the two ends of a log.
type Position struct {
	End    string // "beginning", "end" or empty
	Number int64
}

// UnmarshalJSON reads a number or a word.
func (p *Position) UnmarshalJSON(text []byte) error {
	if text[0] != '"' {
		return json.Unmarshal(text, &p.Number)
	}
	if err := json.Unmarshal(text, &p.End); err != nil {
		return err
	}
	if p.End != "beginning" && p.End != "end" {
		return fmt.Errorf("%s is no position", text)
	}
	return nil
}

// Consume asks for up to so many records.
type Consume struct {
	Consumer  string
	Count     int
	TimeoutMS int `json:"timeout_ms"`
}

// Context is over when the client shall not wait any longer.
func (c Consume) Context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Duration(c.TimeoutMS)*time.Millisecond)
}

// Seek asks a consumer to go on there.
type Seek struct {
	Consumer string
	Place
}

// CloseConsumer asks to close it.
type CloseConsumer struct {
	Consumer string
}

// Offsets asks for both ends of a log, or for the first offset at or after a time.
type Offsets struct {
	Topic      string
	Partitions []int32
	At         Position
}

// Topic is all that is told.
type Topic struct {
	Topic string
}

// CreateTopic asks for a topic.
type CreateTopic struct {
	Topic             string
	Partitions        int32
	ReplicationFactor int16 `json:"replication_factor"`
	Configs           map[string]string
}

// Factor is how many replicas are wanted; 1 if it is not told.
func (c CreateTopic) Factor() int16 {
	return max(1, c.ReplicationFactor)
}

// CreatePartitions tells how many there shall be in all.
type CreatePartitions struct {
	Topic      string
	Partitions int32
}

// AlterTopicConfigs tells what to set.
type AlterTopicConfigs struct {
	Topic   string
	Configs map[string]string
}

// DeleteRecords tells where each partition shall begin.
type DeleteRecords struct {
	Topic      string
	Partitions []struct {
		Partition    int32
		BeforeOffset int64 `json:"before_offset"`
	}
}

// MoveLeader asks that the first of the replicas leads.
type MoveLeader struct {
	Topic     string
	Partition int32
	Replicas  []int32
}

// Milliseconds is a duration, or another one where nothing was told.
func Milliseconds(told int, otherwise time.Duration) time.Duration {
	if told == 0 {
		return otherwise
	}
	return time.Duration(told) * time.Millisecond
}
