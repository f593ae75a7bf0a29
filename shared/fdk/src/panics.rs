//! Panics of handlers: caught, and told as lines of the log.

use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Once;
use std::task::Poll;

/// Awaits a future; `None` where it panicked.
///
/// What a handler shares between calls is its own to keep whole, as behind a poisoned lock: that is what the assertion says.
pub(crate) async fn caught<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match caught_now(|| future.as_mut().poll(context)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}

/// Does something; `None` where it panicked.
pub(crate) fn caught_now<T>(action: impl FnOnce() -> T) -> Option<T> {
    match panic::catch_unwind(AssertUnwindSafe(action)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Its destructor may panic, too; a panic's message is not worth that.
            std::mem::forget(payload);
            None
        }
    }
}

/// Has every panic of the process told through `tracing`, once and for all.
///
/// The line stands in the span of the call that panicked, unless the panic was on a thread or in a task of its own. Where no subscriber
/// is installed, the hook that was there before is asked.
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
                target: "fdk",
                panic = text.unwrap_or("a value that is no text"),
                location,
                thread = std::thread::current().name(),
                "the function panicked"
            );
        }));
    });
}
