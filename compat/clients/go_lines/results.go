package lines

import "cmp"

// Hello is who the client is and what it has.
type Hello struct {
	Client   string   `json:"client"`
	Version  string   `json:"version"`
	Features []string `json:"features"`
}

// Outcome is where a record went (offset -1: not told), or why it was refused.
type Outcome struct {
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Refused   *Failure `json:"error,omitempty"`
}

// In is a record that has been read.
type In struct {
	Topic       string   `json:"topic"`
	Partition   int32    `json:"partition"`
	Offset      int64    `json:"offset"`
	TimestampMS int64    `json:"timestamp_ms"`
	Key         []byte   `json:"key"`
	Value       []byte   `json:"value"`
	Headers     []Header `json:"headers"`
}

// PartitionOffset is an offset, or null.
type PartitionOffset struct {
	Partition int32  `json:"partition"`
	Offset    *int64 `json:"offset"`
}

// LowWatermark is where a partition begins now.
type LowWatermark struct {
	Partition    int32 `json:"partition"`
	LowWatermark int64 `json:"low_watermark"`
}

// Description is a topic's; TopicID is null where the client tells none.
type Description struct {
	TopicID    *string     `json:"topic_id"`
	Partitions []Partition `json:"partitions"`
}

// Partition is one of a topic's.
type Partition struct {
	Partition int32   `json:"partition"`
	Leader    int32   `json:"leader"`
	Replicas  []int32 `json:"replicas"`
}

// ByPartition orders partitions.
func ByPartition(a, b Partition) int {
	return cmp.Compare(a.Partition, b.Partition)
}

// Cluster is its controller and its brokers.
type Cluster struct {
	Controller int32  `json:"controller"`
	Brokers    []Node `json:"brokers"`
}

// Node is a broker and where it listens.
type Node struct {
	NodeID int32  `json:"node_id"`
	Host   string `json:"host"`
	Port   int32  `json:"port"`
}

// ByNodeID orders brokers.
func ByNodeID(a, b Node) int {
	return cmp.Compare(a.NodeID, b.NodeID)
}
