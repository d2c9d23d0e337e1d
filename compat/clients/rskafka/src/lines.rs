//! Reading requests and writing answers as JSON lines.

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::Driver;
use crate::requests::Request;

/// Answer one request after the other until the harness closes the pipe, or asks to quit.
pub async fn serve(mut driver: Driver) -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let id = line["id"].clone();
        let quits = line["op"] == "quit";
        let answered = match Request::deserialize(line) {
            Ok(request) => driver.answer(&id, request).await,
            Err(error) => Err(error.into()),
        };
        write(&match answered {
            Ok(result) => json!({"id": id, "ok": true, "result": result}),
            Err(failure) => json!({"id": id, "ok": false, "error": failure}),
        })?;
        if quits {
            break;
        }
    }
    Ok(())
}

fn write(message: &Value) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, message)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

/// Counts acknowledged records, and tells the harness of each `every` of them.
pub struct Progress<'a> {
    pub id: &'a Value,
    pub every: usize,
    pub acknowledged: usize,
}

impl Progress<'_> {
    pub fn count(&mut self, records: usize) -> io::Result<()> {
        let before = self.acknowledged;
        self.acknowledged += records;
        if self.every > 0 && self.acknowledged / self.every > before / self.every {
            write(&json!({"id": self.id, "progress": {"acknowledged": self.acknowledged}}))?;
        }
        Ok(())
    }
}
