//! Work requests: what the SDK waits for after every change of a stream or a pool.
//!
//! They are kept in memory only, and come to their end by the clock alone: nothing that they stand for can fail.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::query::Query;
use crate::service_error::ServiceError;
use crate::{clock, random};

/// Work requests of this process.
#[derive(Debug, Default)]
pub(crate) struct WorkRequests {
    requests: Mutex<VecDeque<WorkRequest>>,
}

#[derive(Debug, Clone)]
struct WorkRequest {
    id: String,
    operation: &'static str,
    compartment_id: String,
    resource: String,
    accepted: i64,
    finished: i64,
}

/// Older ones are forgotten, so that an emulator left running does not grow.
const REMEMBERED: usize = 1000;

impl WorkRequests {
    /// Takes one down that ends at `finished`, and gives its id.
    pub(crate) fn accept(
        &self,
        region: &str,
        operation: &'static str,
        compartment_id: &str,
        resource: &str,
        accepted: i64,
        finished: i64,
    ) -> String {
        let id = format!("ocid1.streamworkrequest.oc1.{region}.aaaaaaaa{}", random::ocid_tail());
        let mut requests = self.requests();
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(WorkRequest {
            id: id.clone(),
            operation,
            compartment_id: compartment_id.to_owned(),
            resource: resource.to_owned(),
            accepted,
            finished,
        });
        id
    }

    pub(crate) fn get(&self, id: &str, now: i64) -> Result<Answer, ServiceError> {
        Ok(Answer::json(&self.find(id)?.describe(now)))
    }

    pub(crate) fn list(&self, query: &Query, now: i64) -> Answer {
        let fits = |request: &&WorkRequest| {
            query.get("compartmentId").is_none_or(|compartment| request.compartment_id == compartment)
                && query.get("resourceId").is_none_or(|resource| request.resource == resource)
        };
        let requests = self.requests();
        let items: Vec<Value> =
            requests.iter().rev().filter(fits).map(|request| request.describe(now)).collect();
        Answer::json(&json!({ "items": items }))
    }

    pub(crate) fn errors(&self, id: &str) -> Result<Answer, ServiceError> {
        self.find(id).map(|_| Answer::json(&json!({ "items": [] })))
    }

    pub(crate) fn logs(&self, id: &str, now: i64) -> Result<Answer, ServiceError> {
        let request = self.find(id)?;
        let logs = [
            ("The work request was accepted.", request.accepted),
            ("The work request is finished.", request.finished),
        ];
        let past = logs.into_iter().filter(|(_, time)| *time <= now);
        let items =
            past.map(|(message, time)| json!({ "message": message, "timestamp": clock::rfc3339(time) }));
        Ok(Answer::json(&json!({ "items": items.collect::<Vec<Value>>() })))
    }

    fn find(&self, id: &str) -> Result<WorkRequest, ServiceError> {
        let found = self.requests().iter().find(|request| request.id == id).cloned();
        found.ok_or_else(|| {
            ServiceError::not_found(
                "NotAuthorizedOrNotFound",
                format!("The work request '{id}' was not found."),
            )
        })
    }

    fn requests(&self) -> MutexGuard<'_, VecDeque<WorkRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorkRequest {
    fn describe(&self, now: i64) -> Value {
        let done = now >= self.finished;
        let (entity, path) = if self.operation.ends_with("POOL") {
            ("streampool", "streampools")
        } else {
            ("stream", "streams")
        };
        let action = match self.operation.split('_').next() {
            _ if !done => "IN_PROGRESS",
            Some("CREATE") => "CREATED",
            Some("DELETE") => "DELETED",
            _ => "UPDATED",
        };
        json!({
            "operationType": self.operation,
            "status": if done { "SUCCEEDED" } else { "IN_PROGRESS" },
            "id": self.id,
            "compartmentId": self.compartment_id,
            "resources": [{
                "entityType": entity,
                "actionType": action,
                "identifier": self.resource,
                "entityUri": format!("/20180418/{path}/{}", self.resource),
            }],
            "percentComplete": if done { 100.0 } else { 0.0 },
            "timeAccepted": clock::rfc3339(self.accepted),
            "timeStarted": clock::rfc3339(self.accepted),
            "timeFinished": done.then(|| clock::rfc3339(self.finished)),
        })
    }
}
