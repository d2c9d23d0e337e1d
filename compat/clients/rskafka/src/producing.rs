//! Producing with rskafka: its caller makes up the batches, and chooses their partitions.

use std::collections::BTreeMap;
use std::mem;
use std::time::{SystemTime, UNIX_EPOCH};

use rskafka::chrono::{DateTime, Utc};
use rskafka::client::partition::Compression;
use rskafka::record::Record;

use crate::failure::Failure;
use crate::requests::{Codec, Out, ProducerConfig};

const RECORD_OVERHEAD_BYTES: usize = 12;

pub struct Producer {
    pub compression: Compression,
    pub batch_bytes: usize,
}

impl TryFrom<ProducerConfig> for Producer {
    type Error = Failure;

    fn try_from(config: ProducerConfig) -> Result<Self, Failure> {
        if config.acks != "all" || config.idempotence {
            return Err(Failure::unsupported("rskafka has acks=all and no idempotence"));
        }
        let compression = match config.compression {
            Codec::None => Compression::NoCompression,
            Codec::Gzip => Compression::Gzip,
            Codec::Snappy => Compression::Snappy,
            Codec::Lz4 => Compression::Lz4,
            Codec::Zstd => Compression::Zstd,
        };
        Ok(Producer {
            compression,
            batch_bytes: config.batch_bytes,
        })
    }
}

/// Records of one partition, and where they stand in the request.
#[derive(Default)]
pub struct Batch {
    pub records: Vec<Record>,
    pub places: Vec<usize>,
    bytes: usize,
}

/// Batches with their partitions; those of a partition are in the order of their records.
pub fn batches(records: Vec<Out>, limit_bytes: usize) -> Result<Vec<(i32, Batch)>, Failure> {
    let mut open = BTreeMap::<i32, Batch>::new();
    let mut full = Vec::new();
    for (place, out) in records.into_iter().enumerate() {
        let partition = out.partition;
        let record = record_of(out)?;
        let size = record.approximate_size() + RECORD_OVERHEAD_BYTES;
        let batch = open.entry(partition).or_default();
        if !batch.records.is_empty() && batch.bytes + size > limit_bytes {
            full.push((partition, mem::take(batch)));
        }
        batch.records.push(record);
        batch.places.push(place);
        batch.bytes += size;
    }
    full.extend(open);
    Ok(full)
}

fn record_of(out: Out) -> Result<Record, Failure> {
    let timestamp = time_of(out.timestamp_ms.unwrap_or_else(now_ms))?;
    Ok(Record {
        key: out.key,
        value: out.value,
        headers: BTreeMap::new(),
        timestamp,
    })
}

fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970");
    since.as_millis() as i64
}

/// As rskafka wants it.
pub fn time_of(timestamp_ms: i64) -> Result<DateTime<Utc>, Failure> {
    DateTime::from_timestamp_millis(timestamp_ms)
        .ok_or_else(|| Failure::unsupported(format!("the time {timestamp_ms}")))
}
