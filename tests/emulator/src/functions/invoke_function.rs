//! `InvokeFunction`: an invocation through the API.

use std::sync::Arc;

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::call::Call;
use super::failure::Failure;
use super::invocation::{Invocation, InvocationType, InvokeResponse, Subject};
use super::request_head::of_signed;
use super::service::{Functions, REQUEST_CEILING};
use crate::wire::body::ResponseBody;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

impl Functions {
    /// Rejects a request whose announced body is too large, without reading it.
    pub(crate) fn admit(&self, request: &Request) -> Result<(), ServiceError> {
        match request.content_length() {
            Some(length) if length > REQUEST_CEILING as u64 => Err(Failure::RequestTooLarge.into()),
            _ => Ok(()),
        }
    }

    pub(crate) async fn invoke_function(
        self: &Arc<Self>,
        call: &Call,
        request: &mut Request,
        subject: Subject,
    ) -> Result<Response, ServiceError> {
        let kind = match request.header("fn-invoke-type") {
            None | Some("sync") => InvocationType::Sync,
            Some("detached") => InvocationType::Detached,
            Some(other) => {
                let message = format!("fn-invoke-type is {other:?}, but must be sync or detached");
                return Err(ServiceError::bad_request("InvalidParameter", message));
            }
        };
        if request.header("is-dry-run").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            // A caller who gets this far may invoke the function. The documentation says no more about dry runs.
            self.find(&call.id)?;
            return Ok(Response::ok());
        }
        let invocation = Invocation {
            headers: of_signed(&request.headers),
            body: std::mem::take(&mut request.content),
            intent: request.header("fn-intent").map(str::to_owned),
            kind,
            subject: Some(subject),
            opc_request_id: request.header("opc-request-id").map(str::to_owned),
        };
        let answered = self.invoke(&call.id, invocation).await;
        Ok(match answered {
            Ok(response) if kind == InvocationType::Detached => {
                Response::new(StatusCode::ACCEPTED).header("fn-call-id", &response.call_id)
            }
            Ok(response) => passed_on(response),
            Err(error) => {
                let response = Response::from(ServiceError::from(error.failure));
                let response = match error.failure.retry_after() {
                    Some(seconds) => response.retry_after(seconds),
                    None => response,
                };
                response.header_if("fn-call-id", Some(error.call_id.as_str()).filter(|id| !id.is_empty()))
            }
        })
    }
}

/// Converts a function's response to the response for the caller.
fn passed_on(response: InvokeResponse) -> Response {
    let InvokeResponse { mut headers, body, call_id } = response;
    if !headers.contains_key(CONTENT_TYPE) && !body.is_empty() {
        // Go's server guesses the content type. These two of its guesses cover what functions send.
        let text = std::str::from_utf8(&body).is_ok();
        let guess = if text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(guess));
    }
    if let Ok(call_id) = HeaderValue::from_str(&call_id) {
        // Added to the function's own header of that name, if it has one.
        headers.append(HeaderName::from_static("fn-call-id"), call_id);
    }
    let mut passed = Response::ok();
    passed.headers = headers;
    passed.body = ResponseBody::whole(body);
    passed
}
