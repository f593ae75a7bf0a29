//! Work requests: what the SDK and the command line wait for after every change of a connector.
//!
//! They are kept in memory only, and come to their end by the clock alone: nothing that they stand for can fail.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::listing;
use crate::answer::Answer;
use crate::clock;
use crate::lock::lock;
use crate::query::Query;
use crate::service_error::{ServiceError, missing};

/// Work requests of this process.
#[derive(Debug, Default)]
pub(crate) struct WorkRequests {
    requests: Mutex<VecDeque<WorkRequest>>,
}

/// A change that was accepted, and when it is through.
#[derive(Debug, Clone)]
pub(crate) struct WorkRequest {
    pub(crate) id: String,
    /// Such as `CREATE_SERVICE_CONNECTOR`.
    pub(crate) operation: &'static str,
    pub(crate) compartment_id: String,
    pub(crate) connector: String,
    pub(crate) accepted: i64,
    pub(crate) finished: i64,
}

/// Older ones are forgotten, so that an emulator left running does not grow.
const REMEMBERED: usize = 1000;

impl WorkRequests {
    pub(crate) fn accept(&self, request: WorkRequest) {
        let mut requests = lock(&self.requests);
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(crate) fn get(&self, id: &str, now: i64) -> Result<Answer, ServiceError> {
        Ok(Answer::json(&self.find(id)?.describe(now)))
    }

    /// Those of a compartment, the newest first.
    pub(crate) fn list(&self, query: &Query, now: i64) -> Result<Answer, ServiceError> {
        let compartment = query.get("compartmentId").ok_or_else(|| missing("compartmentId"))?;
        let requests = lock(&self.requests);
        let requests = requests.iter().rev().filter(|request| request.compartment_id == compartment).cloned();
        let (requests, next) = listing::page(query, requests.collect(), |request: &WorkRequest| &request.id)?;
        let items: Vec<Value> = requests.iter().map(|request| request.describe(now)).collect();
        Ok(Answer::json(&json!({ "items": items })).header_if("opc-next-page", next.as_deref()))
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
        let found = lock(&self.requests).iter().find(|request| request.id == id).cloned();
        found.ok_or_else(|| {
            ServiceError::not_found(
                "NotAuthorizedOrNotFound",
                format!("The work request '{id}' was not found."),
            )
        })
    }
}

impl WorkRequest {
    fn describe(&self, now: i64) -> Value {
        let done = now >= self.finished;
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
                "entityType": "serviceconnector",
                "actionType": action,
                "identifier": self.connector,
                "entityUri": format!("/20200909/serviceConnectors/{}", self.connector),
            }],
            "percentComplete": if done { 100.0 } else { 0.0 },
            "timeAccepted": clock::rfc3339(self.accepted),
            "timeStarted": clock::rfc3339(self.accepted),
            "timeFinished": done.then(|| clock::rfc3339(self.finished)),
        })
    }
}
