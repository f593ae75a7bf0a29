use crate::batch::Batch;
use crate::outcome::Outcome;
use async_trait::async_trait;

/// A destination that accepts records.
#[async_trait]
pub trait Target: Send + Sync {
    /// Sends the records of a batch at these indices, once, in one request. Returns the outcome of each, in the same order.
    ///
    /// Sending does not fail as a whole: an error becomes the outcome of every record that it concerns.
    async fn send(&self, batch: &Batch, indices: &[usize]) -> Vec<Outcome>;

    /// Checks that the target can be reached, without sending a record. The error says why not.
    async fn reach(&self) -> Result<(), String> {
        Ok(())
    }

    /// Closes what is still open after the last batch.
    async fn close(&self) -> Result<(), String> {
        Ok(())
    }
}
