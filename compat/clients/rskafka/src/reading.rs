//! Reading with rskafka: a stream for each partition, in the order in which their records arrive.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use futures::StreamExt;
use futures::stream::select_all;
use rskafka::client::consumer::{StartOffset, StreamConsumer, StreamConsumerBuilder};
use rskafka::client::partition::PartitionClient;
use rskafka::record::RecordAndOffset;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::failure::Failure;
use crate::requests::ConsumerConfig;

pub struct Reading {
    config: ConsumerConfig,
    streams: BTreeMap<(String, i32), StreamConsumer>,
}

impl Reading {
    pub fn new(config: ConsumerConfig) -> Self {
        Reading {
            config,
            streams: BTreeMap::new(),
        }
    }

    /// Read a partition from there, and no longer from where it has been read.
    pub fn seek(&mut self, client: PartitionClient, start: StartOffset) {
        let place = (client.topic().to_owned(), client.partition());
        let stream = StreamConsumerBuilder::new(Arc::new(client), start)
            .with_max_wait_ms(self.config.fetch_max_wait_ms)
            .with_min_batch_size(self.config.fetch_min_bytes)
            .with_max_batch_size(self.config.max_partition_fetch_bytes)
            .build();
        self.streams.insert(place, stream);
    }

    /// The next `count` records, or fewer when the time is over.
    pub async fn take(&mut self, count: usize, time: Duration) -> Result<Vec<Value>, Failure> {
        let deadline = Instant::now() + time;
        let placed = |(place, stream)| StreamExt::map(stream, move |read| (place, read));
        let mut arriving = select_all(self.streams.iter_mut().map(placed));
        let mut found = Vec::new();
        while found.len() < count {
            let Ok(Some((place, read))) = timeout_at(deadline, arriving.next()).await else {
                break;
            };
            let (record, _high_watermark) = read?;
            found.push(row(place, record));
        }
        Ok(found)
    }
}

fn row((topic, partition): &(String, i32), RecordAndOffset { record, offset }: RecordAndOffset) -> Value {
    let text = |bytes: Vec<u8>| BASE64_STANDARD.encode(bytes);
    let headers: Vec<_> = record
        .headers
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect();
    json!({
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp_ms": record.timestamp.timestamp_millis(),
        "key": record.key.map(text),
        "value": record.value.map(text),
        "headers": headers,
    })
}
