use crate::error::Error;
use bytes::Bytes;
use oci_client::Answer;
use serde::Deserialize;

/// The document in an answer's body.
pub(crate) fn document<'a, T: Deserialize<'a>>(
    operation: &'static str,
    answer: &'a Answer<Bytes>,
) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|error| not_understood(operation, answer, error.to_string()))
}

/// The error that an answer is which the service's API does not have.
pub(crate) fn not_understood(operation: &'static str, answer: &Answer<Bytes>, problem: String) -> Error {
    Error::Answer { operation, problem, opc_request_id: request_id(answer) }
}

/// The service's name of a request.
pub(crate) fn request_id(answer: &Answer<Bytes>) -> Option<String> {
    answer.header("opc-request-id").map(str::to_owned)
}
