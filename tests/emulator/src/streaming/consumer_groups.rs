//! ConsumerCommit, ConsumerHeartbeat, GetGroup and UpdateGroup.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::cursor::{Cursor, GroupCursor};
use super::service::Streaming;
use crate::clock;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, missing};

/// The body of UpdateGroup.
#[derive(Debug, Deserialize)]
struct UpdateGroupDetails {
    #[serde(rename = "type")]
    kind: Option<String>,
    time: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupDocument<'a> {
    stream_id: &'a str,
    group_name: &'a str,
    reservations: Vec<ReservationDocument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReservationDocument {
    partition: String,
    committed_offset: Option<u64>,
    reserved_instance: Option<String>,
    time_reserved_until: Option<String>,
}

impl Streaming {
    /// Commits everything that was read up to a cursor.
    pub(crate) fn consumer_commit(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let now = self.clock.now();
        let stream = self.stream(&call.id)?;
        let mut cursor = self.group_cursor(call, request, now)?;
        cursor.positions = stream.groups.with(&cursor.group, stream.cutoff(now), |group| {
            let committed = group.commit(&cursor.instance, cursor.timeout(), &cursor.positions, now);
            committed.map_err(|lost| invalid(format!("Trying to commit unreserved partition {}.", lost.0)))
        })?;
        Ok(self.renewed(call, cursor, now))
    }

    /// Extends the reservations of an instance by another timeout.
    pub(crate) fn consumer_heartbeat(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let now = self.clock.now();
        let stream = self.stream(&call.id)?;
        let mut cursor = self.group_cursor(call, request, now)?;
        cursor.positions = stream.groups.with(&cursor.group, stream.cutoff(now), |group| {
            let positions = group.heartbeat(&cursor.instance, cursor.timeout(), &cursor.positions, now);
            let positions = positions.ok_or_else(|| {
                invalid(format!(
                    "The instance '{}' has timed out: its partitions are not reserved.",
                    cursor.instance
                ))
            });
            positions.map(|positions| (positions, false))
        })?;
        Ok(self.renewed(call, cursor, now))
    }

    pub(crate) fn get_group(&self, call: &Call) -> Result<Response, ServiceError> {
        let now = self.clock.now();
        let stream = self.stream(&call.id)?;
        let shown =
            stream.groups.with(&call.group, stream.cutoff(now), |group| Ok((group.shown(now), false)))?;
        let reservations = shown.into_iter().enumerate().map(|(number, shown)| ReservationDocument {
            partition: number.to_string(),
            committed_offset: shown.committed_offset,
            reserved_instance: shown.instance,
            time_reserved_until: shown.reserved_until.map(clock::rfc3339),
        });
        let reservations = reservations.collect();
        Ok(Response::json(&GroupDocument { stream_id: &call.id, group_name: &call.group, reservations }))
    }

    /// Moves a group to another position in the stream, wherever its members are.
    pub(crate) fn update_group(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let details: UpdateGroupDetails = request.json()?;
        let now = self.clock.now();
        let stream = self.stream(&call.id)?;
        let kind = details.kind.ok_or_else(|| missing("type"))?;
        let places = self.places(&stream, &kind, details.time.as_deref())?;
        stream.groups.with(&call.group, stream.cutoff(now), |group| {
            group.reset(places, now);
            Ok(((), true))
        })?;
        Ok(Response::new(StatusCode::NO_CONTENT))
    }

    fn group_cursor(&self, call: &Call, request: &Request, now: i64) -> Result<GroupCursor, ServiceError> {
        let text = request.query.get("cursor").ok_or_else(|| missing("cursor"))?;
        match self.seal.open(&call.id, text, now)? {
            Cursor::Group(cursor) => Ok(cursor),
            Cursor::Partition { .. } => Err(invalid("The cursor is not one of a consumer group.")),
        }
    }

    /// Returns the cursor with which the client continues.
    fn renewed(&self, call: &Call, cursor: GroupCursor, now: i64) -> Response {
        Response::json(&json!({ "value": self.seal.seal(&call.id, Cursor::Group(cursor), now) }))
    }
}

impl GroupCursor {
    /// Returns the milliseconds of silence after which the instance is removed.
    pub(crate) fn timeout(&self) -> i64 {
        i64::try_from(self.timeout_milliseconds).unwrap_or(i64::MAX)
    }
}
