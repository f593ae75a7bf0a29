use crate::{Failure, Invocation, Response};
use std::future::Future;

/// What a function does with a call.
///
/// Any `Fn(Invocation) -> impl Future<Output = Result<Response, Failure>>` is one; a type of its own implements it to own what calls
/// share (clients, settings). One handler serves all calls. A container gets one call at a time, but a call that was given up may still
/// be ending when the next one comes.
///
/// The future is dropped, wherever it waits, when the deadline is near and when the agent hangs up: what must not be left half done has
/// to be made so that it can be. (That the agent has hung up shows only behind the end of the body; while some of it is unread, the deadline
/// is what ends the call.) A handler that blocks its thread cannot be stopped.
pub trait Handler: Send + Sync + 'static {
    /// Answers one call.
    ///
    /// # Errors
    ///
    /// A [`Failure`] reaches the agent as 502 or 504, and the log with all its causes. A panic is a failure, too.
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
