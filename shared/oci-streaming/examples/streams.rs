//! Works with streams from the command line: a complete small program, which the end-to-end tests also use.
//!
//! ```sh
//! echo '{"key":"a2V5","value":"dmFsdWU="}' | cargo run --example streams -- put OCID
//! ```

use base64_simd::STANDARD;
use oci_requests::Environment;
use oci_streaming::{
    Connection, CreateStream, Cursor, CursorType, Entry, GroupCursorType, GroupMember, Message, PutMessages,
    Scope, Stream, StreamClient,
};
use serde_json::{Value, json};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};

const USAGE: &str = "usage: streams put STREAM | get STREAM PARTITION [--from TYPE] | tail STREAM GROUP INSTANCE
       streams group STREAM GROUP [--reset TYPE]
       streams list COMPARTMENT [NAME] | show STREAM | create COMPARTMENT NAME PARTITIONS | delete STREAM
STREAM is an OCID, or NAME@COMPARTMENT. put reads lines `{\"key\": BASE64 or null, \"value\": BASE64}` and sends them in one request. get and tail
print such lines. TYPE is TRIM_HORIZON, LATEST, AT_TIME=RFC3339, AT_OFFSET=N or AFTER_OFFSET=N. For a group it is one of the first three.";

/// How long to wait for a PutMessages request.
const WITHIN: Duration = Duration::from_secs(30);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("streams: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<()> {
    let connection = Connection::from_environment(&Environment::of_process())?;
    match *arguments {
        ["put", stream] => put(&open(&connection, stream)).await?,
        ["get", stream, partition] => {
            get(&open(&connection, stream), partition, &CursorType::TrimHorizon).await?;
        }
        ["get", stream, partition, "--from", kind] => {
            get(&open(&connection, stream), partition, &cursor_type(kind)?).await?;
        }
        ["tail", stream, group, instance] => tail(&open(&connection, stream), group, instance).await?,
        ["group", stream, name] => {
            let group = open(&connection, stream).get_group(name).await?;
            for reservation in group.reservations {
                println!(
                    "{}",
                    json!({
                        "partition": reservation.partition, "committed_offset": reservation.committed_offset,
                        "instance": reservation.reserved_instance, "until": reservation.time_reserved_until,
                    })
                );
            }
        }
        ["group", stream, name, "--reset", kind] => {
            open(&connection, stream).update_group(name, &group_cursor_type(kind)?).await?;
        }
        ["list", compartment, ref name @ ..] if name.len() <= 1 => {
            let scope = Scope::Compartment(compartment.into());
            let streams = connection.list_streams(&scope, name.first().copied()).await?;
            streams.iter().for_each(show);
        }
        ["show", stream] => {
            let id = open(&connection, stream).id().await?.to_owned();
            show(&connection.get_stream(&id).await?);
        }
        ["create", compartment, name, partitions] => {
            let scope = Scope::Compartment(compartment.into());
            show(&connection.create_stream(&CreateStream::new(name, partitions.parse()?, scope)).await?);
        }
        ["delete", stream] => {
            let id = open(&connection, stream).id().await?.to_owned();
            connection.delete_stream(&id).await?;
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn open(connection: &Connection, stream: &str) -> StreamClient {
    match stream.split_once('@') {
        Some((name, compartment)) => connection.stream_named(name, Scope::Compartment(compartment.into())),
        None => connection.stream(stream),
    }
}

/// Puts the messages read from standard input and prints the outcome of each.
async fn put(stream: &StreamClient) -> Result<()> {
    let mut messages: Vec<(Option<Vec<u8>>, Vec<u8>)> = Vec::new();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let number = messages.len() + 1;
        let message: Value =
            serde_json::from_str(&line).map_err(|error| format!("line {number}: {error}"))?;
        let bytes = |name: &str| -> Result<Option<Vec<u8>>> {
            let Some(text) = message[name].as_str() else { return Ok(None) };
            let bytes = STANDARD.decode_to_vec(text.as_bytes());
            Ok(Some(bytes.map_err(|_| format!("line {number}: the {name} is not base64"))?))
        };
        messages.push((
            bytes("key")?,
            bytes("value")?.ok_or_else(|| format!("line {number}: there is no value"))?,
        ));
    }
    let given = messages.iter().map(|(key, value)| (key.as_deref(), value.as_slice()));
    for entry in stream.put_messages(&PutMessages::new(given), WITHIN).await?.entries {
        let line = match entry {
            Entry::Stored(stored) => {
                json!({"partition": stored.partition, "offset": stored.offset, "timestamp": stored.timestamp})
            }
            Entry::Failed(failed) => json!({
                "error": failed.error, "error_message": failed.error_message, "throttled": failed.is_throttled(),
                "retry_after_ms": failed.retry_after.map(|wait| wait.as_millis() as u64),
            }),
        };
        println!("{line}");
    }
    Ok(())
}

/// Prints the messages of a partition up to its current end.
async fn get(stream: &StreamClient, partition: &str, kind: &CursorType) -> Result<()> {
    let cursor = stream.create_cursor(partition, kind).await?;
    follow(stream, cursor).await
}

/// Joins a consumer group, prints what the group has not committed yet, and commits it.
async fn tail(stream: &StreamClient, group: &str, instance: &str) -> Result<()> {
    let member = GroupMember::new(group, GroupCursorType::TrimHorizon).instance(instance);
    let cursor = stream.create_group_cursor(&member).await?;
    follow(stream, cursor).await
}

async fn follow(stream: &StreamClient, mut cursor: Cursor) -> Result<()> {
    loop {
        let got = stream.get_messages(&cursor, None).await?;
        if got.messages.is_empty() {
            return Ok(());
        }
        got.messages.iter().for_each(print);
        cursor = got.next;
    }
}

fn cursor_type(text: &str) -> Result<CursorType> {
    Ok(match text.split_once('=') {
        Some(("AT_OFFSET", offset)) => CursorType::AtOffset(offset.parse()?),
        Some(("AFTER_OFFSET", offset)) => CursorType::AfterOffset(offset.parse()?),
        Some(("AT_TIME", time)) => CursorType::AtTime(time.into()),
        None if text == "LATEST" => CursorType::Latest,
        None if text == "TRIM_HORIZON" => CursorType::TrimHorizon,
        _ => return Err(format!("{text} is not a type of cursor\n{USAGE}").into()),
    })
}

fn group_cursor_type(text: &str) -> Result<GroupCursorType> {
    Ok(match cursor_type(text)? {
        CursorType::AtTime(time) => GroupCursorType::AtTime(time),
        CursorType::Latest => GroupCursorType::Latest,
        CursorType::TrimHorizon => GroupCursorType::TrimHorizon,
        _ => return Err(format!("a group has no {text}").into()),
    })
}

fn print(message: &Message) {
    let Message { stream, partition, offset, key, value, timestamp, timestamp_millis } = message;
    let line = json!({
        "stream": stream, "partition": partition, "offset": offset,
        "key": key.as_ref().map(|key| STANDARD.encode_to_string(key)), "value": STANDARD.encode_to_string(value),
        "timestamp": timestamp, "timestamp_millis": timestamp_millis,
    });
    println!("{line}");
}

fn show(stream: &Stream) {
    let Stream { id, name, partitions, lifecycle_state, messages_endpoint, .. } = stream;
    let line = json!({
        "id": id, "name": name, "partitions": partitions, "lifecycle_state": lifecycle_state,
        "messages_endpoint": messages_endpoint,
    });
    println!("{line}");
}
