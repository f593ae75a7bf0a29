//! What faults do to an answer: give another in its place, slow it down, cut it.

use http::StatusCode;

use crate::answer::Answer;
use crate::body::AnswerBody;
use crate::call::Call;
use crate::object_storage::{self, ObjectStorage};
use crate::rule::Fault;
use crate::service_error::{ServiceError, resource_not_found};

/// The answer that a fault gives in the service's place, if it is one of that kind.
pub(crate) fn refusal(fault: &Fault, call: &Call, object_storage: &ObjectStorage) -> Option<Answer> {
    let retry = |answer: Answer, seconds: &Option<u64>| match seconds {
        Some(seconds) => answer.retry_after(*seconds),
        None => answer,
    };
    Some(match fault {
        Fault::Throttle { retry_after_seconds } => {
            let message = "User-rate limit exceeded.";
            retry(
                Answer::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message),
                retry_after_seconds,
            )
        }
        Fault::InternalError => {
            let message = "An internal server error occurred.";
            Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", message)
        }
        Fault::Unavailable { retry_after_seconds } => {
            let message = "The service is currently unavailable.";
            let answer = Answer::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
            retry(answer, retry_after_seconds)
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
pub(crate) fn bad_gateway() -> Answer {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    Answer::text(StatusCode::BAD_GATEWAY, "text/html", page)
}

/// Slows, cuts or replaces an answer's body as the fault has it.
pub(crate) fn paced(mut answer: Answer, fault: Option<&Fault>) -> Answer {
    answer.body = match fault {
        Some(Fault::SlowBody { bytes_per_second }) => answer.body.slowed(*bytes_per_second),
        Some(Fault::Stall { after_bytes }) => answer.body.stalled(*after_bytes),
        Some(Fault::TruncatedBody { after_bytes }) => answer.body.truncated(*after_bytes),
        Some(Fault::GarbageAnswer) if answer.status.is_success() => AnswerBody::whole("<garbage/>"),
        _ => answer.body,
    };
    answer
}
