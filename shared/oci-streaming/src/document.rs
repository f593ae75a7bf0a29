use crate::error::Error;
use bytes::Bytes;
use oci_requests::Response;
use serde::Deserialize;

/// Parses the body of a response.
pub(crate) fn document<'a, T: Deserialize<'a>>(
    operation: &'static str,
    response: &'a Response<Bytes>,
) -> Result<T, Error> {
    serde_json::from_slice(&response.body)
        .map_err(|error| not_understood(operation, response, error.to_string()))
}

/// Returns the error for a response that does not match the service's API.
pub(crate) fn not_understood(operation: &'static str, response: &Response<Bytes>, problem: String) -> Error {
    Error::Unexpected { operation, problem, opc_request_id: request_id(response) }
}

/// Returns the service's id of a request.
pub(crate) fn request_id(response: &Response<Bytes>) -> Option<String> {
    response.header("opc-request-id").map(str::to_owned)
}
