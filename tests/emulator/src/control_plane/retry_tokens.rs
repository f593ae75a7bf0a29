//! Recognizes requests that clients repeat because the response was lost, by their header `opc-retry-token`.

use ring::digest::{self, SHA256};

use crate::recent::Recent;
use crate::wire::request::Request;
use crate::wire::service_error::ServiceError;

/// The results of a service's requests with a retry token. The service forgets a token after a day; the emulator forgets it when the
/// process ends, or once [`REMEMBERED`] newer tokens have arrived.
#[derive(Debug, Default)]
pub(crate) struct RetryTokens {
    used: Recent<Used, REMEMBERED>,
}

#[derive(Debug)]
struct Used {
    token: String,
    /// A digest of the request. The request itself is not kept because bodies can be large.
    asked_for: Vec<u8>,
    id: String,
}

/// Number of tokens remembered, which is more than any client has requests in progress.
const REMEMBERED: usize = 10_000;

impl RetryTokens {
    /// Returns the OCID that the earlier request with this token resulted in. Fails if the token came with a different request: for
    /// another operation or resource (`about`), or with another body.
    pub(crate) fn before(&self, about: &str, request: &Request) -> Result<Option<String>, ServiceError> {
        let Some(token) = request.header(HEADER) else { return Ok(None) };
        let used = self.used.items();
        match used.iter().rev().find(|used| used.token == token) {
            None => Ok(None),
            Some(used) if used.asked_for == asked_for(about, request) => Ok(Some(used.id.clone())),
            Some(_) => Err(invalidated()),
        }
    }

    /// Remembers the result of a request, if the request has a token.
    pub(crate) fn remember(&self, about: &str, request: &Request, id: &str) {
        if let Some(token) = request.header(HEADER) {
            let (token, asked_for) = (token.to_owned(), asked_for(about, request));
            self.used.add(Used { token, asked_for, id: id.to_owned() });
        }
    }
}

const HEADER: &str = "opc-retry-token";

/// Creates the error for a token that was used for a different request.
pub(crate) fn invalidated() -> ServiceError {
    let message =
        "The retry token was used for another request, or the resource it created has since been deleted.";
    ServiceError::conflict("InvalidatedRetryToken", message)
}

fn asked_for(about: &str, request: &Request) -> Vec<u8> {
    let whole = [about.as_bytes(), b"\n", &request.content].concat();
    digest::digest(&SHA256, &whole).as_ref().to_vec()
}
