//! CreateCursor and CreateGroupCursor.

use chrono::DateTime;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::cursor::{Cursor, GroupCursor};
use super::group::Progress;
use super::partition::Partition;
use super::service::Streaming;
use super::settings::good_name;
use super::stream::Stream;
use crate::random;
use crate::state_folder::StateError;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, missing};

/// The body of CreateCursor.
#[derive(Debug, Deserialize)]
struct CreateCursorDetails {
    partition: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    offset: Option<i64>,
    time: Option<String>,
}

/// The body of CreateGroupCursor.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateGroupCursorDetails {
    #[serde(rename = "type")]
    kind: Option<String>,
    time: Option<String>,
    group_name: Option<String>,
    instance_name: Option<String>,
    timeout_in_ms: Option<i64>,
    commit_on_get: Option<bool>,
}

/// The default timeout of a consumer group's member: 30 seconds ("Using Consumer Groups").
const TIMEOUT_MILLISECONDS: i64 = 30_000;

impl Streaming {
    pub(crate) fn create_cursor(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let details: CreateCursorDetails = request.json()?;
        let stream = self.stream(&call.id)?;
        let text = details.partition.ok_or_else(|| missing("partition"))?;
        let number = text.parse().ok().filter(|number| *number < stream.partitions.len());
        let number: usize =
            number.ok_or_else(|| invalid(format!("The stream has no partition '{text}'.")))?;
        let kind = details.kind.ok_or_else(|| missing("type"))?;
        let (now, partition) = (self.clock.now(), &stream.partitions[number]);
        let cutoff = stream.cutoff(now);
        let offset = match kind.as_str() {
            "AT_OFFSET" | "AFTER_OFFSET" => {
                let asked = details.offset.ok_or_else(|| missing("offset"))?;
                let bounds = partition.bounds(cutoff).map_err(failed)?;
                // "The offset must be greater than or equal to the offset of the oldest message and less than or equal to the
                // latest published offset."
                let there =
                    u64::try_from(asked).ok().filter(|offset| (bounds.floor..bounds.end).contains(offset));
                let there = there.ok_or_else(|| {
                    invalid(format!(
                        "The offset {asked} is outside the retention period of partition {number} or has not been published yet."
                    ))
                })?;
                if kind == "AT_OFFSET" { there } else { there + 1 }
            }
            _ => place(partition, cutoff, &kind, details.time.as_deref())?,
        };
        let cursor = self.seal.seal(&call.id, Cursor::Partition { number, offset }, now);
        Ok(Response::json(&json!({ "value": cursor })).with_status(StatusCode::CREATED))
    }

    pub(crate) fn create_group_cursor(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let details: CreateGroupCursorDetails = request.json()?;
        let stream = self.stream(&call.id)?;
        let kind = details.kind.ok_or_else(|| missing("type"))?;
        let group = details.group_name.ok_or_else(|| missing("groupName"))?;
        // "If an instanceName is not provided, a UUID will be generated and used."
        let instance = details.instance_name.unwrap_or_else(random::uuid);
        if let Some(name) = [&group, &instance].into_iter().find(|name| !good_name(name)) {
            return Err(invalid(format!("The group or instance name '{name}' is invalid.")));
        }
        let timeout = details.timeout_in_ms.unwrap_or(TIMEOUT_MILLISECONDS);
        let timeout_milliseconds = u64::try_from(timeout)
            .ok()
            .filter(|timeout| *timeout > 0)
            .ok_or_else(|| invalid("The timeoutInMs must be above 0."))?;
        let now = self.clock.now();
        let cutoff = stream.cutoff(now);
        let next = self.places(&stream, &kind, details.time.as_deref())?;
        let begin = || {
            let committed = vec![None; next.len()];
            Ok(Progress { name: group.clone(), used: now, next, committed })
        };
        let places = stream
            .groups
            .with_new(&group, cutoff, now, begin, |group| group.join(&instance, timeout, now))?;
        let commit_on_get = details.commit_on_get.unwrap_or(true);
        let cursor = GroupCursor { group, instance, timeout_milliseconds, commit_on_get, positions: places };
        let cursor = self.seal.seal(&call.id, Cursor::Group(cursor), now);
        Ok(Response::json(&json!({ "value": cursor })).with_status(StatusCode::CREATED))
    }

    /// Returns where a group starts in each partition.
    pub(crate) fn places(
        &self,
        stream: &Stream,
        kind: &str,
        time: Option<&str>,
    ) -> Result<Vec<u64>, ServiceError> {
        let cutoff = stream.cutoff(self.clock.now());
        stream.partitions.iter().map(|partition| place(partition, cutoff, kind, time)).collect()
    }
}

/// Returns the offset for a cursor type without an explicit offset.
fn place(partition: &Partition, cutoff: i64, kind: &str, time: Option<&str>) -> Result<u64, ServiceError> {
    let bounds = partition.bounds(cutoff).map_err(failed)?;
    match kind {
        "TRIM_HORIZON" => Ok(bounds.horizon),
        "LATEST" => Ok(bounds.end),
        "AT_TIME" => {
            let text = time.ok_or_else(|| missing("time"))?;
            let time = DateTime::parse_from_rfc3339(text)
                .map_err(|_| invalid(format!("The time '{text}' is not an RFC 3339 timestamp.")))?;
            // "The timestamp of the returned message will be on or after the supplied time": a fraction of a millisecond is rounded up.
            let part = i64::from(!time.timestamp_subsec_nanos().is_multiple_of(1_000_000));
            partition.offset_at(time.timestamp_millis() + part).map_err(failed)
        }
        _ => Err(invalid(format!("The cursor type '{kind}' is not allowed here."))),
    }
}

pub(crate) fn failed(error: StateError) -> ServiceError {
    ServiceError::internal(&error)
}
