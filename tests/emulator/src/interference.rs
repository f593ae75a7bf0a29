//! Applies faults to responses: replaces a response, slows it down, or cuts it off.

use http::StatusCode;

use crate::call::Call;
use crate::faults::effects::{BodyFault, Refusal};
use crate::object_storage::{self, ObjectStorage};
use crate::wire::body::ResponseBody;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, resource_not_found};

/// Returns the response of a fault, which replaces the service's own.
pub(crate) fn refusal(refusal: &Refusal, call: &Call, object_storage: &ObjectStorage) -> Response {
    let retry = |response: Response, seconds: Option<u64>| match seconds {
        Some(seconds) => response.retry_after(seconds),
        None => response,
    };
    match *refusal {
        Refusal::Throttle { retry_after_seconds } => {
            let message = "User-rate limit exceeded.";
            let response = Response::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
            retry(response, retry_after_seconds)
        }
        Refusal::InternalError => {
            let message = "An internal server error occurred.";
            Response::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", message)
        }
        Refusal::Unavailable { retry_after_seconds } => {
            let message = "The service is currently unavailable.";
            let response = Response::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
            retry(response, retry_after_seconds)
        }
        Refusal::BadGateway => bad_gateway(),
        Refusal::ExpiredToken => ServiceError::not_authenticated().into(),
        Refusal::FalseNotFound => false_not_found(call, &object_storage.settings.namespace).into(),
    }
}

/// Returns the error with which each service reports a missing resource.
fn false_not_found(call: &Call, namespace: &str) -> ServiceError {
    match call {
        Call::ObjectStorage(call) => object_storage::bucket_not_found(namespace, &call.bucket),
        Call::Streaming(call) => resource_not_found(&call.id),
        Call::ConnectorHub(call) => resource_not_found(&call.id),
        Call::Functions(call) => resource_not_found(&call.id),
        Call::Events(call) => resource_not_found(&call.id),
        Call::ApiGateway(call) => resource_not_found(&call.id),
        Call::Instance(_) | Call::Unknown => ServiceError::not_found("NotFound", "Not Found"),
    }
}

/// Returns the response of a proxy in front of the service that cannot reach it.
pub(crate) fn bad_gateway() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    Response::text(StatusCode::BAD_GATEWAY, "text/html", page)
}

/// Slows down, stalls, cuts off or replaces the body of a response.
pub(crate) fn spoil(mut response: Response, fault: &BodyFault) -> Response {
    response.body = match *fault {
        BodyFault::Slow { bytes_per_second } => response.body.slowed(bytes_per_second),
        BodyFault::Stall { after_bytes } => response.body.stalled(after_bytes),
        BodyFault::Truncate { after_bytes } => response.body.truncated(after_bytes),
        BodyFault::Garbage if response.status.is_success() => ResponseBody::whole("<garbage/>"),
        BodyFault::Garbage => response.body,
    };
    response
}
