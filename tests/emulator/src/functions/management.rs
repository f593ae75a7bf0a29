//! The read operations of the management API, from which clients learn where to invoke a function.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::{Call, Operation};
use super::failure::Failure;
use super::function::Function;
use super::invocation::Subject;
use super::service::{Application, Functions};
use crate::clock;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// The only field that listings omit.
const NOT_IN_SUMMARY: &str = "config";

impl Functions {
    pub(crate) async fn answer(
        self: &Arc<Self>,
        call: &Call,
        request: &mut Request,
        subject: Subject,
    ) -> Result<Response, ServiceError> {
        match call.operation {
            Operation::ListApplications => {
                let compartment = required(request, "compartmentId")?;
                let here = self.applications.iter().filter(|_| compartment == self.settings.compartment);
                Ok(list(request, here.map(|application| self.show_application(application)).collect()))
            }
            Operation::GetApplication => {
                let found = self.applications.iter().find(|application| application.id == call.id);
                let found = found.ok_or(ServiceError::from(Failure::NotFound))?;
                Ok(Response::json(&self.show_application(found)).header("etag", &found.id))
            }
            Operation::ListFunctions => {
                let application = required(request, "applicationId")?;
                let of = self.functions.values().filter(|function| function.application_id == application);
                Ok(list(request, of.map(|function| self.show_function(function)).collect()))
            }
            Operation::GetFunction => {
                let found = self.find(&call.id)?;
                Ok(Response::json(&self.show_function(found)).header("etag", &found.id))
            }
            Operation::InvokeFunction => self.invoke_function(call, request, subject).await,
        }
    }

    pub(crate) fn find(&self, id: &str) -> Result<&Arc<Function>, ServiceError> {
        self.functions.get(id).ok_or_else(|| Failure::NotFound.into())
    }

    fn show_application(&self, application: &Application) -> Value {
        let time = clock::rfc3339(application.created);
        json!({
            "id": application.id,
            "compartmentId": self.settings.compartment,
            "displayName": application.definition.name,
            "lifecycleState": "ACTIVE",
            "config": application.definition.config,
            "subnetIds": [],
            "shape": "GENERIC_X86",
            "networkSecurityGroupIds": [],
            "traceConfig": { "isEnabled": false, "domainId": "" },
            "freeformTags": {},
            "definedTags": {},
            "timeCreated": time,
            "timeUpdated": time,
        })
    }

    fn show_function(&self, function: &Function) -> Value {
        let of = |application: &&Application| application.id == function.application_id;
        let time =
            clock::rfc3339(self.applications.iter().find(of).map_or(0, |application| application.created));
        let definition = &function.definition;
        json!({
            "id": function.id,
            "displayName": definition.name,
            "lifecycleState": "ACTIVE",
            "applicationId": function.application_id,
            "compartmentId": self.settings.compartment,
            "image": function.program.path.display().to_string(),
            "shape": "GENERIC_X86",
            "memoryInMBs": definition.memory,
            "config": definition.config,
            "timeoutInSeconds": definition.timeout,
            "detachedModeTimeoutInSeconds": definition.detached_timeout.unwrap_or(definition.timeout),
            "provisionedConcurrencyConfig": { "strategy": "NONE" },
            "traceConfig": { "isEnabled": false },
            "freeformTags": {},
            "definedTags": {},
            "invokeEndpoint": self.settings.url,
            "timeCreated": time,
            "timeUpdated": time,
        })
    }
}

fn required<'a>(request: &'a Request, name: &str) -> Result<&'a str, ServiceError> {
    let missing = || ServiceError::bad_request("MissingParameter", format!("{name} is missing."));
    request.query.get(name).filter(|value| !value.is_empty()).ok_or_else(missing)
}

/// Returns a page of the entries that match the filters. The page token is the index of the page's first entry.
fn list(request: &Request, mut entries: Vec<Value>) -> Response {
    for name in ["displayName", "id", "lifecycleState"] {
        if let Some(wanted) = request.query.get(name) {
            entries.retain(|entry| entry.get(name).and_then(Value::as_str) == Some(wanted));
        }
    }
    for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
        entry.remove(NOT_IN_SUMMARY);
    }
    let number = |name: &str| request.query.get(name).and_then(|value| value.parse::<usize>().ok());
    let (start, limit) = (number("page").unwrap_or(0), number("limit").unwrap_or(usize::MAX));
    let end = start.saturating_add(limit).min(entries.len());
    let next = (end < entries.len()).then(|| end.to_string());
    let page: Vec<Value> = entries.into_iter().take(end).skip(start).collect();
    Response::json(&page).header_if("opc-next-page", next.as_deref())
}
