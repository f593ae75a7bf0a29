//! Work requests: the progress of copies in the background.
//!
//! They are only in memory. If the process dies before it has made an accepted copy, the copy is lost.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use crate::lock::lock;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// All work requests of this process.
#[derive(Debug, Default)]
pub(crate) struct WorkRequests {
    requests: Mutex<BTreeMap<String, WorkRequest>>,
}

/// The work request of one copy.
#[derive(Debug, Clone)]
struct WorkRequest {
    compartment_id: String,
    resources: Vec<Value>,
    status: Status,
    time_accepted: i64,
    time_started: Option<i64>,
    time_finished: Option<i64>,
    error: Option<ServiceError>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Status {
    Accepted,
    InProgress,
    Completed,
    Failed,
    Canceled,
}

impl WorkRequests {
    /// Adds a work request and returns its ID.
    pub(crate) fn accept(&self, region: &str, compartment_id: &str, resources: Vec<Value>) -> String {
        let id = random::ocid("coreservicesworkrequest", region);
        let request = WorkRequest {
            compartment_id: compartment_id.to_owned(),
            resources,
            status: Status::Accepted,
            time_accepted: clock::milliseconds(),
            time_started: None,
            time_finished: None,
            error: None,
        };
        self.requests().insert(id.clone(), request);
        id
    }

    /// Starts the work. Returns false if the work request was canceled.
    pub(crate) fn start(&self, id: &str) -> bool {
        let mut requests = self.requests();
        let Some(request) = requests.get_mut(id).filter(|request| request.status == Status::Accepted) else {
            return false;
        };
        request.status = Status::InProgress;
        request.time_started = Some(clock::milliseconds());
        true
    }

    pub(crate) fn finish(&self, id: &str, outcome: Result<(), ServiceError>) {
        if let Some(request) = self.requests().get_mut(id) {
            request.status = if outcome.is_ok() { Status::Completed } else { Status::Failed };
            request.error = outcome.err();
            request.time_finished = Some(clock::milliseconds());
        }
    }

    pub(crate) fn get(&self, call: &Call) -> Result<Response, ServiceError> {
        let (id, request) = self.find(call)?;
        Ok(Response::json(&request.describe(&id)))
    }

    pub(crate) fn list(&self, compartment_id: &str) -> Response {
        let requests = self.requests();
        let found = requests.iter().filter(|(_, request)| request.compartment_id == compartment_id);
        Response::json(&found.map(|(id, request)| request.describe(id)).collect::<Vec<Value>>())
    }

    pub(crate) fn errors(&self, call: &Call) -> Result<Response, ServiceError> {
        let (_, request) = self.find(call)?;
        let timestamp = request.time_finished.map(clock::rfc3339);
        let errors = request
            .error
            .iter()
            .map(|error| json!({ "code": error.code, "message": error.message, "timestamp": timestamp }));
        Ok(Response::json(&errors.collect::<Vec<Value>>()))
    }

    pub(crate) fn logs(&self, call: &Call) -> Result<Response, ServiceError> {
        let (_, request) = self.find(call)?;
        let entries = [
            ("The work request was accepted.", Some(request.time_accepted)),
            ("The work request was started.", request.time_started),
            ("The work request is finished.", request.time_finished),
        ];
        let logs = entries.into_iter().filter_map(|(message, time)| {
            time.map(|time| json!({ "message": message, "timestamp": clock::rfc3339(time) }))
        });
        Ok(Response::json(&logs.collect::<Vec<Value>>()))
    }

    /// Cancels a work request that has not started.
    pub(crate) fn cancel(&self, call: &Call) -> Result<Response, ServiceError> {
        let (id, _) = self.find(call)?;
        let mut requests = self.requests();
        if let Some(request) = requests.get_mut(&id).filter(|request| request.status == Status::Accepted) {
            request.status = Status::Canceled;
            request.time_finished = Some(clock::milliseconds());
        }
        Ok(Response::new(StatusCode::ACCEPTED))
    }

    fn find(&self, call: &Call) -> Result<(String, WorkRequest), ServiceError> {
        let id = call.object.clone().unwrap_or_default();
        let found = self.requests().get(&id).cloned();
        let request = found.ok_or_else(|| {
            ServiceError::not_found(
                "NotAuthorizedOrNotFound",
                format!("The work request '{id}' was not found."),
            )
        })?;
        Ok((id, request))
    }

    fn requests(&self) -> MutexGuard<'_, BTreeMap<String, WorkRequest>> {
        lock(&self.requests)
    }
}

impl WorkRequest {
    fn describe(&self, id: &str) -> Value {
        json!({
            "operationType": "COPY_OBJECT",
            "status": self.status.name(),
            "id": id,
            "compartmentId": self.compartment_id,
            "resources": self.resources,
            "percentComplete": if self.status == Status::Completed { 100.0 } else { 0.0 },
            "timeAccepted": clock::rfc3339(self.time_accepted),
            "timeStarted": self.time_started.map(clock::rfc3339),
            "timeFinished": self.time_finished.map(clock::rfc3339),
        })
    }
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }
}
