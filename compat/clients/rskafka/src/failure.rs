//! How errors are told.

use std::fmt::Debug;
use std::io;

use rskafka::BackoffError;
use rskafka::client::error::{Error, ProtocolError};
use serde::Serialize;

/// `code` is Kafka's number if it is one of Kafka's errors; then `name` is Kafka's, too.
#[derive(Serialize)]
pub struct Failure {
    code: Option<i16>,
    name: String,
    message: String,
}

impl Failure {
    pub fn own(name: &str, message: impl ToString) -> Self {
        Failure {
            code: None,
            name: name.to_owned(),
            message: message.to_string(),
        }
    }

    pub fn unsupported(message: impl ToString) -> Self {
        Failure::own("UNSUPPORTED", message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::from(&error)
    }
}

impl From<&Error> for Failure {
    /// The innermost: rskafka wraps the last error of its retries.
    fn from(error: &Error) -> Self {
        match error {
            Error::ServerError { protocol_error, .. } => Failure {
                code: code_of(*protocol_error),
                name: screaming(&variant_of(protocol_error)),
                message: error.to_string(),
            },
            Error::RetryFailed(BackoffError::DeadlineExceded { source, .. }) => {
                match source.downcast_ref::<Error>() {
                    Some(inner) => inner.into(),
                    None => Failure::own("RetryFailed", error),
                }
            }
            _ => Failure::own(&variant_of(error), error),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::own("BadRequest", error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::own("IO", error)
    }
}

/// rskafka makes errors of numbers, but keeps the way back to itself.
fn code_of(error: ProtocolError) -> Option<i16> {
    (-1..i16::MAX).find(|&code| ProtocolError::new(code) == Some(error))
}

fn variant_of(error: &impl Debug) -> String {
    format!("{error:?}")
        .chars()
        .take_while(|each| each.is_alphanumeric())
        .collect()
}

/// `OffsetOutOfRange` is OFFSET_OUT_OF_RANGE to Kafka.
fn screaming(name: &str) -> String {
    let mut told = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !told.is_empty() {
            told.push('_');
        }
        told.push(letter.to_ascii_uppercase());
    }
    told
}
