//! The driver of rskafka.

mod driver;
mod failure;
mod lines;
mod producing;
mod reading;
mod requests;

use std::io;

use tokio::runtime::Builder;

use driver::Driver;

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lines::serve(Driver::default()))
}
