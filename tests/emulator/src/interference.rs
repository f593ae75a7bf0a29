//! What faults do to an answer: give another in its place, slow it down, cut it.

use http::StatusCode;

use crate::call::Call;
use crate::faults::rule::Fault;
use crate::object_storage::{self, ObjectStorage};
use crate::wire::body::ResponseBody;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, resource_not_found};

/// The answer that a fault gives in the service's place, if it is one of that kind.
pub(crate) fn refusal(fault: &Fault, call: &Call, object_storage: &ObjectStorage) -> Option<Response> {
    let retry = |response: Response, seconds: &Option<u64>| match seconds {
        Some(seconds) => response.retry_after(*seconds),
        None => response,
    };
    Some(match fault {
        Fault::Throttle { retry_after_seconds } => {
            let message = "User-rate limit exceeded.";
            retry(
                Response::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message),
                retry_after_seconds,
            )
        }
        Fault::InternalError => {
            let message = "An internal server error occurred.";
            Response::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", message)
        }
        Fault::Unavailable { retry_after_seconds } => {
            let message = "The service is currently unavailable.";
            let response = Response::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
            retry(response, retry_after_seconds)
        }
        Fault::BadGateway => bad_gateway(),
        Fault::ExpiredToken => ServiceError::not_authenticated().into(),
        Fault::FalseNotFound => false_not_found(call, &object_storage.settings.namespace).into(),
        // The others happen on the way, or after it.
        _ => return None,
    })
}

/// What each service says of what is not there.
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

/// What a proxy before the service answers.
pub(crate) fn bad_gateway() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    Response::text(StatusCode::BAD_GATEWAY, "text/html", page)
}

/// Slows, cuts or replaces an answer's body as the fault has it.
pub(crate) fn paced(mut response: Response, fault: Option<&Fault>) -> Response {
    response.body = match fault {
        Some(Fault::SlowBody { bytes_per_second }) => response.body.slowed(*bytes_per_second),
        Some(Fault::Stall { after_bytes }) => response.body.stalled(*after_bytes),
        Some(Fault::TruncatedBody { after_bytes }) => response.body.truncated(*after_bytes),
        Some(Fault::GarbageAnswer) if response.status.is_success() => ResponseBody::whole("<garbage/>"),
        _ => response.body,
    };
    response
}
