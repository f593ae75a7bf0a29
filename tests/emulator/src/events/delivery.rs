//! One attempt to deliver an event, which invokes a function or puts a message.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::event_document::EventDocument;
use super::event_rule::Target;
use super::service::Events;
use crate::faults::effects::{DeliveryFault, Refusal};
use crate::functions::{Failure, Invocation, InvocationType, Subject};
use crate::object_storage::ObjectEvent;
use crate::streaming::{Message, Outcome};
use crate::wire::service_error::ServiceError;

/// The call ID of a function's invocation, if there was one.
pub(crate) type CallId = Option<String>;

/// The response to a failed attempt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) call_id: CallId,
}

/// The status recorded for a broken connection, which has none of its own. Proxies report 502.
const BROKEN: u16 = 502;

impl Events {
    /// Delivers an event to the target of a rule's action.
    pub(crate) async fn deliver(
        &self,
        event: &ObjectEvent,
        rule: &str,
        target: &Target,
    ) -> Result<CallId, Refused> {
        let envelope =
            serde_json::to_vec(&EventDocument::new(event, &self.context)).expect("a struct of texts");
        match target {
            Target::Function(id) => self.call(id, rule, envelope.into()).await,
            Target::Stream(id) => self.put(id, envelope.into()),
        }
    }

    /// Invokes a function and waits for its response.
    ///
    /// How the service does this is not documented: whether it waits (public projects assume so, with a limit of 300 seconds), which
    /// `Fn-Intent` it sends (the API has `cloudevent` for events), and which principal it uses (here the rule, in the same way as a
    /// gateway acts as itself). The content type is the one that the event names.
    async fn call(&self, id: &str, rule: &str, envelope: Bytes) -> Result<CallId, Refused> {
        let mut invocation = Invocation {
            body: envelope,
            intent: Some("cloudevent".to_owned()),
            kind: InvocationType::Sync,
            subject: Some(Subject {
                id: rule.to_owned(),
                tenancy_id: self.context.tenancy.clone(),
                kind: "resource".to_owned(),
            }),
            ..Invocation::default()
        };
        invocation.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self.neighbours.functions.invoke(id, invocation).await {
            Ok(response) => Ok(Some(response.call_id)),
            Err(error) => Err(Refused {
                call_id: Some(error.call_id).filter(|call_id| !call_id.is_empty()),
                ..ServiceError::from(error.failure).into()
            }),
        }
    }

    /// Puts the event as a message without a key. Whether the service sets a key is not documented.
    fn put(&self, stream: &str, envelope: Bytes) -> Result<CallId, Refused> {
        match self.neighbours.streaming.put_message(stream, Message { key: None, value: envelope })? {
            Outcome::Stored { .. } => Ok(None),
            Outcome::Throttled(throttled) => Err(Refused::new(429, "TooManyRequests", throttled.message())),
            Outcome::Failed(message) => Err(Refused::new(500, "InternalServerError", message)),
        }
    }
}

impl Refused {
    fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), call_id: None }
    }

    /// Returns the failure that a fault causes before anything is done; `None` if the fault is of another kind.
    pub(crate) fn before(fault: &DeliveryFault) -> Option<Self> {
        let refusal = match fault {
            DeliveryFault::Refuse(refusal) => refusal,
            DeliveryFault::ResetBefore => {
                let message = "The connection was reset before anything was done.";
                return Some(Self::new(BROKEN, "ConnectionReset", message));
            }
            _ => return None,
        };
        let (status, code, message) = match refusal {
            Refusal::Throttle { .. } => (429, "TooManyRequests", "User-rate limit exceeded."),
            Refusal::InternalError => (500, "InternalServerError", "An internal server error occurred."),
            Refusal::BadGateway => (502, "BadGateway", "502 Bad Gateway"),
            Refusal::Unavailable { .. } => {
                (503, "ServiceUnavailable", "The service is currently unavailable.")
            }
            Refusal::ExpiredToken => return Some(ServiceError::not_authenticated().into()),
            Refusal::FalseNotFound => return Some(ServiceError::from(Failure::NotFound).into()),
        };
        Some(Self::new(status, code, message))
    }

    /// Returns the result of an attempt whose response a fault drops.
    pub(crate) fn after(result: Result<CallId, Self>) -> Self {
        let call_id = result.unwrap_or_else(|refused| refused.call_id);
        let message = "The connection was reset before the answer came.";
        Self { call_id, ..Self::new(BROKEN, "ConnectionReset", message) }
    }
}

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        Self::new(error.status.as_u16(), error.code, error.message)
    }
}
