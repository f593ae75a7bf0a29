use super::metrics::Metrics;
use crate::outcome::Outcome;
use crate::publish::{Full, Publish};
use crate::publisher::Publisher;
use crate::record::Record;
use crate::stream::Stream;
use std::sync::Arc;
use tokio::time::Instant;

/// A publisher that others look at, with a stopwatch.
#[derive(Debug)]
pub(crate) struct Measured<S> {
    pub(super) publisher: Arc<Publisher<S>>,
    pub(super) metrics: Arc<Metrics>,
}

impl<S: Stream> Publish for Measured<S> {
    async fn publish(&self, records: Vec<Record>, until: Instant) -> Result<Vec<Outcome>, Full> {
        let begun = Instant::now();
        let outcomes = self.publisher.publish(records, until).await;
        if outcomes.is_ok() {
            self.metrics.published(begun.elapsed());
        }
        outcomes
    }
}
