//! Work requests: what the command line polls after every change of a gateway or a deployment.
//!
//! They are kept in memory only, and come to their end by the clock alone: what could fail was refused before.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::query::Query;
use crate::service_error::{ServiceError, missing, resource_not_found};
use crate::{clock, random};

/// Work requests of this process.
#[derive(Debug, Default)]
pub(crate) struct WorkRequests {
    requests: Mutex<VecDeque<WorkRequest>>,
}

/// One change on its way.
#[derive(Debug, Clone)]
pub(crate) struct WorkRequest {
    pub(crate) id: String,
    /// Such as `CREATE_GATEWAY`.
    pub(crate) operation: &'static str,
    pub(crate) compartment_id: String,
    pub(crate) resource: String,
    pub(crate) accepted: i64,
    pub(crate) finished: i64,
}

/// Older ones are forgotten, so that an emulator left running does not grow.
const REMEMBERED: usize = 1000;

impl WorkRequests {
    pub(crate) fn add(&self, request: WorkRequest) {
        let mut requests = self.requests();
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(crate) fn new_id(region: &str) -> String {
        format!("ocid1.apigatewayworkrequest.oc1.{region}.aaaaaaaa{}", random::ocid_tail())
    }

    pub(crate) fn get(&self, id: &str, now: i64) -> Result<Answer, ServiceError> {
        let mut document = self.find(id)?.describe(now);
        document["id"] = document["workRequestId"].take();
        Ok(Answer::json(&document))
    }

    pub(crate) fn list(&self, query: &Query, now: i64) -> Result<Answer, ServiceError> {
        let compartment = query.get("compartmentId").ok_or_else(|| missing("compartmentId"))?;
        let fits = |request: &&WorkRequest| {
            request.compartment_id == compartment
                && query.get("resourceId").is_none_or(|resource| request.resource == resource)
        };
        let requests = self.requests();
        let items: Vec<Value> =
            requests.iter().rev().filter(fits).map(|request| request.describe(now)).collect();
        Ok(Answer::json(&json!({ "items": items })))
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
        found.ok_or_else(|| resource_not_found(id))
    }

    fn requests(&self) -> MutexGuard<'_, VecDeque<WorkRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorkRequest {
    /// As listings have it: with the id under another name.
    fn describe(&self, now: i64) -> Value {
        let done = now >= self.finished;
        let entity = if self.operation.ends_with("GATEWAY") { "gateway" } else { "deployment" };
        let action = match self.operation.split('_').next() {
            _ if !done => "IN_PROGRESS",
            Some("CREATE") => "CREATED",
            Some("DELETE") => "DELETED",
            _ => "UPDATED",
        };
        json!({
            "operationType": self.operation,
            "status": if done { "SUCCEEDED" } else { "IN_PROGRESS" },
            "workRequestId": self.id,
            "compartmentId": self.compartment_id,
            "resources": [{
                "entityType": entity,
                "actionType": action,
                "identifier": self.resource,
                "entityUri": format!("/20190501/{entity}s/{}", self.resource),
            }],
            "percentComplete": if done { 100.0 } else { 0.0 },
            "timeAccepted": clock::rfc3339(self.accepted),
            "timeStarted": clock::rfc3339(self.accepted),
            "timeFinished": done.then(|| clock::rfc3339(self.finished)),
        })
    }
}
