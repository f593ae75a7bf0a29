//! The body of the operations that move a resource to another compartment, which all services share.

use serde::Deserialize;

use crate::wire::request::Request;
use crate::wire::service_error::{ServiceError, missing};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeCompartmentDetails {
    compartment_id: Option<String>,
}

/// Returns the compartment that a request moves a resource to.
pub(crate) fn destination(request: &Request) -> Result<String, ServiceError> {
    let details: ChangeCompartmentDetails = request.json()?;
    details.compartment_id.ok_or_else(|| missing("compartmentId"))
}
