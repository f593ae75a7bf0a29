//! GetMessages, for consumers with and without a group.

use std::collections::{BTreeMap, BTreeSet};

use base64_simd::STANDARD;
use serde::Serialize;

use super::call::Call;
use super::cursor::{Cursor, GroupCursor};
use super::cursors::failed;
use super::partition::Throttled;
use super::record::Record;
use super::service::{Streaming, too_many_requests};
use super::stream::Stream;
use crate::clock;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, missing};

/// The API's representation of a message.
#[derive(Debug, Serialize)]
struct MessageDocument<'a> {
    stream: &'a str,
    partition: &'a str,
    key: Option<String>,
    value: String,
    offset: u64,
    timestamp: &'a str,
}

/// Maximum number of messages in a response: "You can specify any value up to 10000. By default, the service returns as many messages as
/// possible."
const LIMIT_CEILING: usize = 10_000;

/// The records read, by partition.
type Read = Vec<(usize, Vec<Record>)>;

/// The remaining capacity of a response.
struct Room {
    messages: usize,
    bytes: u64,
}

impl Streaming {
    pub(crate) fn get_messages(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let stream = self.stream(&call.id)?;
        let text = request.query.get("cursor").ok_or_else(|| missing("cursor"))?;
        let now = self.clock.now();
        let cursor = self.seal.open(&call.id, text, now)?;
        let messages = match request.query.get("limit") {
            None => LIMIT_CEILING,
            Some(text) => {
                let limit = text.parse().ok().filter(|limit| (1..=LIMIT_CEILING).contains(limit));
                limit.ok_or_else(|| {
                    invalid(format!("The limit '{text}' is not a number from 1 to {LIMIT_CEILING}."))
                })?
            }
        };
        let mut room = Room { messages, bytes: self.options.batch_bytes };
        let (read, next) = match cursor {
            Cursor::Partition { number, offset } => {
                let (records, offset) = self.get_alone(&stream, number, offset, &mut room, now)?;
                (vec![(number, records)], Cursor::Partition { number, offset })
            }
            Cursor::Group(cursor) => {
                let (read, cursor) = self.get_in_group(&stream, cursor, &mut room, now)?;
                (read, Cursor::Group(cursor))
            }
        };
        let name = &stream.record().name;
        let read: Vec<(String, Vec<Record>)> =
            read.into_iter().map(|(number, records)| (number.to_string(), records)).collect();
        let records =
            || read.iter().flat_map(|(number, records)| records.iter().map(move |record| (number, record)));
        // Messages that arrived together have the same time, and formatting a time is slower than looking it up.
        let times: BTreeMap<i64, String> = records()
            .map(|(_, record)| record.timestamp)
            .collect::<BTreeSet<i64>>()
            .into_iter()
            .map(|time| (time, clock::rfc3339(time)))
            .collect();
        let documents: Vec<MessageDocument<'_>> = records()
            .map(|(number, record)| MessageDocument::new(name, number, &times[&record.timestamp], record))
            .collect();
        let next = self.seal.seal(&call.id, next, now);
        Ok(Response::json(&documents).header("opc-next-cursor", &next))
    }

    /// Returns the next records of a partition, and the offset after them.
    fn get_alone(
        &self,
        stream: &Stream,
        number: usize,
        offset: u64,
        room: &mut Room,
        now: i64,
    ) -> Result<(Vec<Record>, u64), ServiceError> {
        let partition =
            stream.partitions.get(number).ok_or_else(|| invalid("The stream has no such partition."))?;
        let bounds = partition.bounds(stream.cutoff(now)).map_err(failed)?;
        if offset < bounds.floor {
            return Err(invalid(format!(
                "The cursor is outside the retention period: offset {offset} is before {}, the oldest of partition {number}.",
                bounds.floor
            )));
        }
        partition.may_read("", &self.options, now).map_err(too_many_requests)?;
        let records = partition.get(offset, room.messages, room.bytes, &self.options, now).map_err(failed)?;
        let next = records.last().map_or(offset, |record| record.offset + 1);
        Ok((records, next))
    }

    /// Returns the next records of the partitions that an instance has, taking turns.
    fn get_in_group(
        &self,
        stream: &Stream,
        mut cursor: GroupCursor,
        room: &mut Room,
        now: i64,
    ) -> Result<(Read, GroupCursor), ServiceError> {
        let cutoff = stream.cutoff(now);
        let timeout = cursor.timeout();
        cursor.positions = stream.groups.with(&cursor.group, cutoff, |group| {
            Ok(group.get(&cursor.instance, timeout, &cursor.positions, cursor.commit_on_get, now))
        })?;
        let (mut read, mut throttled): (Read, Option<Throttled>) = (Vec::new(), None);
        let mut allowed = cursor.positions.is_empty();
        for position in &mut cursor.positions {
            let partition = &stream.partitions[position.partition];
            let bounds = partition.bounds(cutoff).map_err(failed)?;
            // A group that was away for too long continues with what retention has left.
            position.next = position.next.max(bounds.floor);
            if room.messages == 0 || room.bytes == 0 {
                continue;
            }
            if let Err(refused) = partition.may_read(&cursor.group, &self.options, now) {
                let sooner = |least: &Throttled| refused.wait_milliseconds < least.wait_milliseconds;
                throttled = throttled.filter(|least| !sooner(least)).or(Some(refused));
                continue;
            }
            allowed = true;
            let records = partition
                .get(position.next, room.messages, room.bytes, &self.options, now)
                .map_err(failed)?;
            position.next = records.last().map_or(position.next, |record| record.offset + 1);
            room.messages -= records.len();
            room.bytes = room.bytes.saturating_sub(records.iter().map(Record::payload).sum());
            read.push((position.partition, records));
        }
        match throttled {
            Some(throttled) if !allowed => Err(too_many_requests(throttled)),
            _ => Ok((read, cursor)),
        }
    }
}

impl<'a> MessageDocument<'a> {
    fn new(stream: &'a str, partition: &'a str, timestamp: &'a str, record: &Record) -> Self {
        Self {
            stream,
            partition,
            key: record.key.as_ref().map(|key| STANDARD.encode_to_string(key)),
            value: STANDARD.encode_to_string(&record.value),
            offset: record.offset,
            timestamp,
        }
    }
}
