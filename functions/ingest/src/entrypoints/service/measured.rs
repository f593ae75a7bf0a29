use super::metrics::Metrics;
use sender::{Full, Outcome, Record, SendRecords, Sender, Stream};
use std::sync::Arc;
use tokio::time::Instant;

/// A shared sender that measures how long sending takes.
#[derive(Debug)]
pub(crate) struct Measured<S> {
    pub(super) sender: Arc<Sender<S>>,
    pub(super) metrics: Arc<Metrics>,
}

impl<S: Stream> SendRecords for Measured<S> {
    async fn send(&self, records: Vec<Record>, until: Instant) -> Result<Vec<Outcome>, Full> {
        let begun = Instant::now();
        let outcomes = self.sender.send(records, until).await;
        if outcomes.is_ok() {
            self.metrics.sent(begun.elapsed());
        }
        outcomes
    }
}
