use crate::batch::Batch;
use crate::outcome::Outcome;
use async_trait::async_trait;

/// Where records go.
#[async_trait]
pub trait Target: Send + Sync {
    /// Sends the records of a batch at these places, once, in one request; gives what became of each of them, in this order.
    ///
    /// It does not fail: what went wrong is the records' outcome.
    async fn send(&self, batch: &Batch, places: &[usize]) -> Vec<Outcome>;

    /// Ends what is open, when the last was sent.
    async fn close(&self) -> Result<(), String> {
        Ok(())
    }
}
