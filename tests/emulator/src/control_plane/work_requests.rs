//! Work requests, which the SDK and the command line wait for after every change to a resource.
//!
//! They are only in memory and complete when their time has come, because whatever could fail was rejected before. Object Storage has its
//! own work requests, which track actual work.

use serde_json::{Value, json};

use crate::control_plane::listing::{Limit, cut};
use crate::recent::Recent;
use crate::wire::query::Query;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// The work requests of one service in this process.
#[derive(Debug)]
pub(crate) struct WorkRequests {
    words: &'static Words,
    requests: Recent<WorkRequest, REMEMBERED>,
}

/// The parts of work requests that differ between services.
#[derive(Debug)]
pub(crate) struct Words {
    /// The resource type in the OCIDs of work requests.
    pub(crate) ocid: &'static str,
    /// The field of listings that contains the OCID.
    pub(crate) listed_id: &'static str,
    /// Whether listings require a compartment.
    pub(crate) of_compartment: bool,
}

/// An accepted change, and the time when it is complete.
#[derive(Debug, Clone)]
pub(crate) struct Accepted<'a> {
    /// The operation type, such as `CREATE_STREAM`.
    pub(crate) operation: &'static str,
    pub(crate) entity: Entity,
    pub(crate) compartment_id: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) accepted: i64,
    pub(crate) finished: i64,
}

/// A resource type, as work requests name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entity {
    pub(crate) name: &'static str,
    /// The resource's URI up to its OCID.
    pub(crate) path: &'static str,
}

#[derive(Debug, Clone)]
struct WorkRequest {
    id: String,
    operation: &'static str,
    entity: Entity,
    compartment_id: String,
    resource: String,
    accepted: i64,
    finished: i64,
}

/// Maximum number of work requests that a process remembers.
const REMEMBERED: usize = 1000;

/// The page size unless the query sets it. The services' own default is not documented.
const LIMIT: Limit = Limit { default: REMEMBERED, most: REMEMBERED };

impl WorkRequests {
    pub(crate) fn new(words: &'static Words) -> Self {
        Self { words, requests: Recent::default() }
    }

    /// Adds a work request and returns its OCID.
    pub(crate) fn accept(&self, region: &str, change: Accepted<'_>) -> String {
        let id = random::ocid(self.words.ocid, region);
        self.requests.add(WorkRequest {
            id: id.clone(),
            operation: change.operation,
            entity: change.entity,
            compartment_id: change.compartment_id.to_owned(),
            resource: change.resource.to_owned(),
            accepted: change.accepted,
            finished: change.finished,
        });
        id
    }

    pub(crate) fn get(&self, id: &str, now: i64) -> Result<Response, ServiceError> {
        Ok(Response::json(&self.find(id)?.describe("id", now)))
    }

    /// Lists the work requests of the compartment and resource that the query names, newest first.
    pub(crate) fn list(&self, query: &Query, now: i64) -> Result<Response, ServiceError> {
        let compartment = match self.words.of_compartment {
            true => Some(query.required("compartmentId")?),
            false => query.get("compartmentId"),
        };
        let resource = query.get("resourceId");
        let fits = |request: &&WorkRequest| {
            compartment.is_none_or(|compartment| request.compartment_id == compartment)
                && resource.is_none_or(|resource| request.resource == resource)
        };
        let requests = self.requests.items().iter().rev().filter(fits).cloned().collect();
        let (requests, next) = cut(query, requests, |request: &WorkRequest| &request.id, LIMIT)?;
        let items: Vec<Value> =
            requests.iter().map(|request| request.describe(self.words.listed_id, now)).collect();
        Ok(Response::json(&json!({ "items": items })).header_if("opc-next-page", next.as_deref()))
    }

    pub(crate) fn errors(&self, id: &str) -> Result<Response, ServiceError> {
        self.find(id).map(|_| Response::json(&json!({ "items": [] })))
    }

    pub(crate) fn logs(&self, id: &str, now: i64) -> Result<Response, ServiceError> {
        let request = self.find(id)?;
        let logs = [
            ("The work request was accepted.", request.accepted),
            ("The work request is finished.", request.finished),
        ];
        let past = logs.into_iter().filter(|(_, time)| *time <= now);
        let items =
            past.map(|(message, time)| json!({ "message": message, "timestamp": clock::rfc3339(time) }));
        Ok(Response::json(&json!({ "items": items.collect::<Vec<Value>>() })))
    }

    fn find(&self, id: &str) -> Result<WorkRequest, ServiceError> {
        let found = self.requests.items().iter().find(|request| request.id == id).cloned();
        found.ok_or_else(|| {
            let message = format!("The work request '{id}' was not found.");
            ServiceError::not_found("NotAuthorizedOrNotFound", message)
        })
    }
}

impl WorkRequest {
    /// Returns the API's representation, with the OCID in the field named `id`.
    fn describe(&self, id: &str, now: i64) -> Value {
        let done = now >= self.finished;
        let action = match self.operation.split('_').next() {
            _ if !done => "IN_PROGRESS",
            Some("CREATE") => "CREATED",
            Some("DELETE") => "DELETED",
            _ => "UPDATED",
        };
        json!({
            id: self.id,
            "operationType": self.operation,
            "status": if done { "SUCCEEDED" } else { "IN_PROGRESS" },
            "compartmentId": self.compartment_id,
            "resources": [{
                "entityType": self.entity.name,
                "actionType": action,
                "identifier": self.resource,
                "entityUri": format!("{}/{}", self.entity.path, self.resource),
            }],
            "percentComplete": if done { 100.0 } else { 0.0 },
            "timeAccepted": clock::rfc3339(self.accepted),
            "timeStarted": clock::rfc3339(self.accepted),
            "timeFinished": done.then(|| clock::rfc3339(self.finished)),
        })
    }
}
