use super::metrics::Metrics;
use crate::response::Counts;
use http::StatusCode;
use tokio::sync::Notify;

/// An open request with records. It ends with a response, or by being dropped because its client has disconnected.
#[derive(Debug)]
pub(super) struct OpenRequest<'a> {
    metrics: &'a Metrics,
    /// Notified when the last open request ends.
    idle: &'a Notify,
    response: Option<(u16, Counts)>,
}

impl<'a> OpenRequest<'a> {
    pub(super) fn new(metrics: &'a Metrics, idle: &'a Notify) -> Self {
        metrics.begun();
        OpenRequest { metrics, idle, response: None }
    }

    pub(super) fn finish(mut self, status: StatusCode, counts: Counts) {
        self.response = Some((status.as_u16(), counts));
    }
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        if self.metrics.ended(self.response.take()) == 0 {
            self.idle.notify_waiters();
        }
    }
}
