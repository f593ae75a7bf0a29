use crate::{Failure, Invocation, Response};
use std::future::Future;

/// What a function does with a call.
///
/// Any `Fn(Invocation) -> impl Future<Output = Result<Response, Failure>>` is a handler. Implement it for a type that owns what calls share, such
/// as clients and settings. One handler serves all calls. A container gets one call at a time, but an abandoned call may still be ending when
/// the next one arrives.
///
/// The future is dropped at whatever it awaits when the deadline is near, and when the agent closes the connection. Work must be safe to stop
/// there. (A closed connection is noticed only after the body was read to its end; until then, the deadline ends the call.) A
/// handler that blocks its thread cannot be stopped.
pub trait Handler: Send + Sync + 'static {
    /// Handles one call.
    ///
    /// # Errors
    ///
    /// The agent receives a [`Failure`] as 502 or 504, and the log has all its causes. A panic is a failure as well.
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
