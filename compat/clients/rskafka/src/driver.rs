//! One function an operation; see `compat/README.md`.

use std::collections::HashMap;
use std::time::Duration;

use rskafka::BackoffConfig;
use rskafka::client::consumer::StartOffset;
use rskafka::client::partition::{OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::lines::Progress;
use crate::producing::{Producer, batches, time_of};
use crate::reading::Reading;
use crate::requests::{Cut, Place, Position, Produce, Request};

const FEATURES: &[&str] = &[
    "codec:none",
    "codec:gzip",
    "codec:snappy",
    "codec:lz4",
    "codec:zstd",
    "timestamps",
    "topics",
    "empties",
    "delete_records",
    "delivery_reports",
    "offsets_for_times",
    "assigned_partitions",
];
const TIMEOUT_MS: i32 = 20_000;
const LOCK: &str = include_str!("../Cargo.lock");

#[derive(Default)]
pub struct Driver {
    client: Option<Client>,
    /// For all but reading: a connection has room for one long poll.
    partitions: HashMap<(String, i32), PartitionClient>,
    producers: HashMap<String, Producer>,
    consumers: HashMap<String, Reading>,
}

impl Driver {
    pub async fn answer(&mut self, id: &Value, request: Request) -> Result<Value, Failure> {
        match request {
            Request::Hello => Ok(hello()),
            Request::Connect { bootstrap } => self.connect(&bootstrap).await,
            Request::Producer { producer, config } => {
                self.producers.insert(producer, config.try_into()?);
                Ok(Value::Null)
            }
            Request::Produce(request) => self.produce(id, request).await,
            Request::Consumer {
                consumer,
                assign,
                config,
            } => {
                self.consumers.insert(consumer.clone(), Reading::new(config));
                for place in assign {
                    self.seek(&consumer, place).await?;
                }
                Ok(Value::Null)
            }
            Request::Consume {
                consumer,
                count,
                timeout_ms,
            } => {
                let reading = known(self.consumers.get_mut(&consumer), &consumer)?;
                Ok(reading
                    .take(count, Duration::from_millis(timeout_ms))
                    .await?
                    .into())
            }
            Request::Seek { consumer, place } => self.seek(&consumer, place).await,
            Request::CloseConsumer { consumer } => {
                known(self.consumers.remove(&consumer), &consumer)?;
                Ok(Value::Null)
            }
            Request::Offsets {
                topic,
                partitions,
                at,
            } => self.offsets(&topic, partitions, at).await,
            Request::CreateTopic {
                topic,
                partitions,
                replication_factor,
                configs,
            } => {
                if !configs.is_empty() {
                    return Err(Failure::unsupported("rskafka creates topics without configs"));
                }
                let controller = self.client()?.controller_client()?;
                controller
                    .create_topic(topic, partitions, replication_factor, TIMEOUT_MS)
                    .await?;
                Ok(Value::Null)
            }
            Request::DeleteTopic { topic } => {
                self.client()?
                    .controller_client()?
                    .delete_topic(topic, TIMEOUT_MS)
                    .await?;
                Ok(Value::Null)
            }
            Request::ListTopics => {
                let topics = self.client()?.list_topics().await?;
                Ok(topics.into_iter().map(|topic| topic.name).collect())
            }
            Request::DeleteRecords { topic, partitions } => self.delete_records(&topic, partitions).await,
            Request::Quit => Ok(Value::Null),
            Request::Unknown => Err(Failure::unsupported("this driver has no such operation")),
        }
    }

    /// Closes everything that is open.
    async fn connect(&mut self, bootstrap: &str) -> Result<Value, Failure> {
        *self = Driver::default();
        let retries = BackoffConfig {
            max_backoff: Duration::from_secs(1),
            deadline: Some(Duration::from_millis(TIMEOUT_MS as u64)),
            ..BackoffConfig::default()
        };
        let addresses = bootstrap.split(',').map(str::to_owned).collect();
        self.client = Some(
            ClientBuilder::new(addresses)
                .backoff_config(retries)
                .build()
                .await?,
        );
        Ok(Value::Null)
    }

    fn client(&self) -> Result<&Client, Failure> {
        known(self.client.as_ref(), "connection")
    }

    async fn opened(&self, topic: &str, partition: i32) -> Result<PartitionClient, Failure> {
        Ok(self
            .client()?
            .partition_client(topic, partition, UnknownTopicHandling::Retry)
            .await?)
    }

    async fn partition(&mut self, topic: &str, partition: i32) -> Result<&PartitionClient, Failure> {
        let place = (topic.to_owned(), partition);
        if !self.partitions.contains_key(&place) {
            let opened = self.opened(topic, partition).await?;
            self.partitions.insert(place.clone(), opened);
        }
        Ok(&self.partitions[&place])
    }

    async fn produce(&mut self, id: &Value, request: Produce) -> Result<Value, Failure> {
        let producer = known(self.producers.get(&request.producer), &request.producer)?;
        let (compression, batch_bytes) = (producer.compression, producer.batch_bytes);
        let mut outcomes = vec![Value::Null; request.records.len()];
        let mut progress = Progress {
            id,
            every: request.progress_every,
            acknowledged: 0,
        };
        for (partition, batch) in batches(request.records, batch_bytes)? {
            let sent = match self.partition(&request.topic, partition).await {
                Ok(client) => client
                    .produce(batch.records, compression)
                    .await
                    .map_err(Failure::from),
                Err(failure) => Err(failure),
            };
            match sent {
                Ok(offsets) => {
                    progress.count(offsets.len())?;
                    for (place, offset) in batch.places.into_iter().zip(offsets) {
                        outcomes[place] = json!({"partition": partition, "offset": offset});
                    }
                }
                Err(failure) => {
                    for place in batch.places {
                        outcomes[place] = json!({"error": failure});
                    }
                }
            }
        }
        Ok(outcomes.into())
    }

    /// The end is looked up at once, so that what is produced from now on is seen.
    async fn seek(&mut self, consumer: &str, place: Place) -> Result<Value, Failure> {
        let client = self.opened(&place.topic, place.partition).await?;
        let start = match place.offset {
            Position::Beginning => StartOffset::Earliest,
            Position::End => StartOffset::At(client.get_offset(OffsetAt::Latest).await?),
            Position::At(offset) => StartOffset::At(offset),
        };
        known(self.consumers.get_mut(consumer), consumer)?.seek(client, start);
        Ok(Value::Null)
    }

    /// Of a time after the last record, rskafka tells what Kafka does: -1.
    async fn offsets(&mut self, topic: &str, partitions: Vec<i32>, at: Position) -> Result<Value, Failure> {
        let at = match at {
            Position::Beginning => OffsetAt::Earliest,
            Position::End => OffsetAt::Latest,
            Position::At(time_ms) => OffsetAt::Timestamp(time_of(time_ms)?),
        };
        let mut rows = Vec::new();
        for partition in partitions {
            let offset = self.partition(topic, partition).await?.get_offset(at).await?;
            rows.push(json!({"partition": partition, "offset": (offset >= 0).then_some(offset)}));
        }
        Ok(rows.into())
    }

    /// rskafka does not tell the marks.
    async fn delete_records(&mut self, topic: &str, cuts: Vec<Cut>) -> Result<Value, Failure> {
        let mut rows = Vec::new();
        for Cut {
            partition,
            before_offset,
        } in cuts
        {
            let client = self.partition(topic, partition).await?;
            client.delete_records(before_offset, TIMEOUT_MS).await?;
            let start = client.get_offset(OffsetAt::Earliest).await?;
            rows.push(json!({"partition": partition, "low_watermark": start}));
        }
        Ok(rows.into())
    }
}

/// The version that this program has been built with.
fn hello() -> Value {
    let version = LOCK
        .split_once("name = \"rskafka\"\nversion = \"")
        .and_then(|(_, rest)| rest.split('"').next());
    json!({"client": "rskafka", "version": version, "features": FEATURES})
}

fn known<T>(found: Option<T>, name: &str) -> Result<T, Failure> {
    found.ok_or_else(|| Failure::own("UNKNOWN", format!("no {name} is open")))
}
