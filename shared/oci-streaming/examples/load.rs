//! Measures how fast messages can be put: lines of a journal in concurrent requests of a megabyte. `tests/bench/streaming` runs it.
//!
//! ```sh
//! cargo run --release --example load -- NAME@COMPARTMENT MEGABYTES REQUESTS_AT_A_TIME
//! ```

use oci_requests::Environment;
use oci_streaming::{Connection, Entry, PutMessages, Scope, StreamClient, size_of};
use serde_json::json;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The key and value of a message.
type Line = (String, String);

/// Maximum bytes of a request's messages. It is below the service's limit in both meanings of "1 MB".
const REQUEST: usize = 1_000_000;

/// Approximate size of a line in bytes.
const LINE: usize = 1_200;

const WITHIN: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error} {:?}", error.source());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<()> {
    let [stream, megabytes, at_a_time] = arguments else {
        return Err("usage: load NAME@COMPARTMENT MEGABYTES REQUESTS_AT_A_TIME".into());
    };
    let (name, compartment) = stream.split_once('@').ok_or("the stream is NAME@COMPARTMENT")?;
    let connection = Connection::from_environment(&Environment::of_process())?;
    let stream = connection.stream_named(name, Scope::Compartment(compartment.into()));
    let wanted = megabytes.parse::<u64>()? * 1_000_000;
    let (lines, put) = (Arc::new(request()), Arc::new(AtomicU64::new(0)));
    stream.id().await?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..at_a_time.parse::<u32>()?)
        .map(|_| tokio::spawn(work(stream.clone(), Arc::clone(&lines), Arc::clone(&put), wanted)))
        .collect();
    let mut requests = 0;
    for task in tasks {
        requests += task.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let bytes = requests * size(&lines) as u64;
    println!(
        "{}",
        json!({
            "bytes": bytes, "messages": requests * lines.len() as u64, "requests": requests, "seconds": seconds,
            "megabytes_per_second": bytes as f64 / 1e6 / seconds,
        })
    );
    Ok(())
}

/// Puts the lines repeatedly until enough bytes have been put. Returns the number of requests.
async fn work(stream: StreamClient, lines: Arc<Vec<Line>>, put: Arc<AtomicU64>, wanted: u64) -> Result<u64> {
    let (size, mut requests) = (size(&lines) as u64, 0);
    while put.fetch_add(size, Ordering::Relaxed) < wanted {
        // Encoded again each time, as new messages would be.
        let messages = lines.iter().map(|(key, value)| (Some(key.as_bytes()), value.as_bytes()));
        let result = stream.put_messages(&PutMessages::new(messages), WITHIN).await?;
        if let Some(Entry::Failed(failed)) =
            result.entries.iter().find(|entry| matches!(entry, Entry::Failed(_)))
        {
            return Err(format!("{}: {}", failed.error, failed.error_message).into());
        }
        requests += 1;
    }
    Ok(requests)
}

fn size(lines: &[Line]) -> usize {
    lines.iter().map(|(key, value)| size_of(Some(key.as_bytes()), value.as_bytes())).sum()
}

/// Returns the lines of one request.
fn request() -> Vec<Line> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    for number in 0.. {
        let line = line(number);
        bytes += line.0.len() + line.1.len();
        if bytes > REQUEST {
            break;
        }
        lines.push(line);
    }
    lines
}

fn line(number: usize) -> Line {
    let key = format!("1000-{:06}", number * 7919 % 4000);
    let mut value = json!({
        "journal_id": format!("JRN-2024-{number:09}"), "line": number % 40, "company_code": "1000", "period_code": "202406",
        "account": format!("{:06}", number * 104_729 % 1_000_000), "currency_code": "EUR", "amount": "8043.517930780035",
        "posted_at": "2024-06-05T10:20:30.405Z", "cost_center": format!("CC-{:05}", number % 10_000), "text": "",
    });
    let text = "Accrual of services received, invoice outstanding; reversed in the next period. ";
    value["text"] = text.repeat(LINE / text.len() + 1)[..LINE - value.to_string().len()].into();
    (key, value.to_string())
}
