use super::start::start;
use crate::handler::{Handler, reject};
use crate::request::Rejection;
use crate::response::IngestResponse;
use fn_kit::entry::{fail, usage};
use fn_kit::{BodyError, Contract, Failure, Intent, Invocation, Response};
use http::header::{CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use sender::{SendOptions, SendRecords, Sender, Stream};
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

/// The part of an invocation's time that is reserved for the response.
const RESERVE: Duration = Duration::from_secs(1);

/// In a short invocation, at most one part in this many of the time is reserved for the response.
const RESERVED_PART: u32 = 5;

/// Serves as a function until a signal stops the process. The exit code is 1 if it cannot serve, and 2 for invalid settings.
///
/// Sends nothing before the first invocation.
pub async fn run_function(contract: Contract, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let (config, stream) = match start(environment, Vec::new()) {
        Ok(started) => started,
        Err(problem) => return usage(&problem),
    };
    let limits = stream.limits();
    let sender = Sender::function(stream, SendOptions::function(config.order));
    match fn_kit::serve(contract, Handler::new(config.admission, limits, sender)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Handles requests from a gateway, and plain invocations, whose body is treated as posted.
///
/// A plain invocation has only two results: it succeeds with the response's body if every record is stored, and fails otherwise. A caller
/// that checks only that, such as Connector Hub or Events, then sends it again.
impl<S: SendRecords> fn_kit::Handler for Handler<S> {
    async fn call(&self, invocation: Invocation) -> Result<Response, Failure> {
        let deadline = invocation.deadline();
        let reserve = RESERVE.min(deadline.remaining() / RESERVED_PART);
        let until = deadline.instant() - reserve;
        let from_gateway = invocation.intent() == Intent::HttpRequest;
        let (head, body) = match from_gateway {
            true => invocation.into_http_request()?.into_parts(),
            false => (posted(invocation.headers())?, invocation.into_body()),
        };
        let max_body = self.admission().max_body();
        let response = match self.admission().check_head(&head) {
            Err(rejection) => reject(rejection),
            Ok(()) => match body.bytes(max_body).await {
                Ok(body) => self.respond(Request::from_parts(head, body), until).await,
                Err(BodyError::TooLarge { .. }) => reject(Rejection::too_large(max_body)),
                Err(error) => return Err(error.into()),
            },
        };
        match (from_gateway, response.status) {
            (true, _) => Ok(Response::http(response.into_response())),
            (false, StatusCode::OK) => Ok(Response::bytes("application/json", response.body().clone())),
            (false, status) => Err(failure(status, &response)),
        }
    }
}

/// Returns the head of a plain invocation as if its body had been posted, with all headers except Fn's own.
fn posted(headers: &HeaderMap) -> Result<Parts, Failure> {
    let (mut head, ()) = Request::builder().method(Method::POST).uri("/").body(())?.into_parts();
    for (name, value) in headers {
        // The length is that of the transfer to this process, which has already been checked.
        if !name.as_str().starts_with("fn-") && name != CONTENT_LENGTH && name != HOST {
            head.headers.append(name, value.clone());
        }
    }
    Ok(head)
}

/// Returns the failure of a plain invocation. Its message includes the beginning of the response's body.
fn failure(status: StatusCode, response: &IngestResponse) -> Failure {
    const MAX_MESSAGE: usize = 2000;
    let body = String::from_utf8_lossy(&response.body()[..response.body().len().min(MAX_MESSAGE)]);
    Failure::new(format!("not all records were stored, {}: {body}", status.as_u16()))
}
