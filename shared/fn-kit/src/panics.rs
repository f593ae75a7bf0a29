//! Panics of handlers: caught and logged.

use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Once;
use std::task::Poll;

/// Awaits a future; `None` if it panicked.
///
/// A handler is responsible for its state after a panic, as with a poisoned lock. That is what the assertion of unwind safety says.
pub(crate) async fn caught<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match caught_now(|| future.as_mut().poll(context)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}

/// Calls a function; `None` if it panicked.
pub(crate) fn caught_now<T>(action: impl FnOnce() -> T) -> Option<T> {
    match panic::catch_unwind(AssertUnwindSafe(action)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Its destructor may panic as well.
            std::mem::forget(payload);
            None
        }
    }
}

/// Logs every panic of the process through `tracing`. Calling it again does nothing.
///
/// The line is in the span of the call that panicked, unless the panic was on a thread or in a task of its own. Without a subscriber, the
/// previous hook is called.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !tracing::dispatcher::has_been_set() {
                return before(info);
            }
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            let location = info.location().map(ToString::to_string);
            tracing::error!(
                target: "fn_kit",
                panic = text.unwrap_or("a value that is not text"),
                location,
                thread = std::thread::current().name(),
                "the function panicked"
            );
        }));
    });
}
