//! Catches and logs panics of handlers.

use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Once;
use std::task::Poll;

/// Awaits a future and returns its output, or `None` if it panicked.
///
/// A handler is responsible for its own state after a panic, as with a poisoned lock. Therefore unwind safety is asserted here.
pub(crate) async fn caught<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match caught_now(|| future.as_mut().poll(context)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}

/// Calls a function and returns its result, or `None` if it panicked.
pub(crate) fn caught_now<T>(action: impl FnOnce() -> T) -> Option<T> {
    match panic::catch_unwind(AssertUnwindSafe(action)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // The payload's destructor could panic as well.
            std::mem::forget(payload);
            None
        }
    }
}

/// Logs every panic of the process through `tracing`. Further calls do nothing.
///
/// The line is in the span of the call that panicked, unless the panic was in another thread or task. If there is no subscriber, the
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
