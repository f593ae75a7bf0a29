use crate::{Failure, Invocation, Response};
use std::future::Future;

/// Handles the calls of a function.
///
/// Any `Fn(Invocation) -> impl Future<Output = Result<Response, Failure>>` is a handler. Implement the trait for a type that owns what
/// calls share, such as clients and settings. One handler serves all calls. A container gets one call at a time, but an abandoned call may
/// still be ending when the next one arrives.
///
/// The future is dropped at whatever it awaits when the deadline is near, or when the agent closes the connection. Work must be safe to
/// stop at any await. (A closed connection is noticed only after the body has been read to its end; until then, only the deadline ends the
/// call.) A handler that blocks its thread cannot be stopped. handler that blocks its thread cannot be stopped.
pub trait Handler: Send + Sync + 'static {
    /// Handles one call.
    ///
    /// # Errors
    /// The agent receives a [`Failure`] as 502 or 504, and all its causes are logged. A panic counts as a failure as well.
    fn call(&self, invocation: Invocation) -> impl Future<Output = Result<Response, Failure>> + Send;
}

impl<F, Fut> Handler for F
where
    F: Fn(Invocation) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Failure>> + Send,
{
    fn call(&self, invocation: Invocation) -> impl Future<Output = Result<Response, Failure>> + Send {
        self(invocation)
    }
}
