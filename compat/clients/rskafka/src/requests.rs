//! What is asked for, in the words of `compat/README.md`.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    Hello,
    Connect {
        bootstrap: String,
    },
    Producer {
        producer: String,
        config: ProducerConfig,
    },
    Produce(Produce),
    Consumer {
        consumer: String,
        assign: Vec<Place>,
        config: ConsumerConfig,
    },
    Consume {
        consumer: String,
        count: usize,
        timeout_ms: u64,
    },
    Seek {
        consumer: String,
        #[serde(flatten)]
        place: Place,
    },
    CloseConsumer {
        consumer: String,
    },
    Offsets {
        topic: String,
        partitions: Vec<i32>,
        at: Position,
    },
    CreateTopic {
        topic: String,
        partitions: i32,
        #[serde(default = "one")]
        replication_factor: i16,
        #[serde(default)]
        configs: BTreeMap<String, String>,
    },
    DeleteTopic {
        topic: String,
    },
    ListTopics,
    DeleteRecords {
        topic: String,
        partitions: Vec<Cut>,
    },
    Quit,
    #[serde(other)]
    Unknown,
}

fn one() -> i16 {
    1
}

#[derive(Deserialize)]
#[serde(default)]
pub struct ProducerConfig {
    pub acks: String,
    pub compression: Codec,
    pub idempotence: bool,
    pub batch_bytes: usize,
}

impl Default for ProducerConfig {
    fn default() -> Self {
        ProducerConfig {
            acks: "all".to_owned(),
            compression: Codec::None,
            idempotence: false,
            batch_bytes: 16_384,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

#[derive(Deserialize)]
pub struct Produce {
    pub producer: String,
    pub topic: String,
    pub records: Vec<Out>,
    #[serde(default)]
    pub progress_every: usize,
}

/// A record to produce. Headers are a map to rskafka, so they are refused rather than put in another order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Out {
    #[serde(default, deserialize_with = "bytes")]
    pub key: Option<Vec<u8>>,
    #[serde(deserialize_with = "bytes")]
    pub value: Option<Vec<u8>>,
    /// rskafka leaves the choice to its caller.
    #[serde(default)]
    pub partition: i32,
    pub timestamp_ms: Option<i64>,
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| BASE64_STANDARD.decode(text).map_err(D::Error::custom))
        .transpose()
}

#[derive(Clone, Copy, Deserialize)]
#[serde(default)]
pub struct ConsumerConfig {
    pub fetch_max_wait_ms: i32,
    pub fetch_min_bytes: i32,
    pub max_partition_fetch_bytes: i32,
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        ConsumerConfig {
            fetch_max_wait_ms: 200,
            fetch_min_bytes: 1,
            max_partition_fetch_bytes: 1 << 20,
        }
    }
}

#[derive(Deserialize)]
pub struct Place {
    pub topic: String,
    pub partition: i32,
    pub offset: Position,
}

/// An offset, or a time in milliseconds, or an end of the log.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    Beginning,
    End,
    #[serde(untagged)]
    At(i64),
}

/// Where a partition is to begin.
#[derive(Deserialize)]
pub struct Cut {
    pub partition: i32,
    pub before_offset: i64,
}
