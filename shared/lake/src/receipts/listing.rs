use crate::error::{LakeError, Result};
use crate::layout::receipt_key;
use crate::own_names::RECEIPTS;
use crate::receipts::receipt::Receipt;
use crate::receipts::store::Receipts;
use futures::{Stream, StreamExt, future};
use object_store::ObjectMeta;
use object_store::path::Path;

/// Number of receipts read concurrently: enough to hide a cloud's latency.
const READS: usize = 8;

impl Receipts {
    /// Returns every receipt of the lake, in the order of the store's listing.
    ///
    /// Objects whose names don't end in `.json` are ignored. An object that is named like a receipt but isn't one, or that doesn't belong
    /// at its key, yields [`LakeError::BadReceipt`], and the receipts after it follow. A receipt that is removed during the listing is left
    /// out.
    ///
    /// Memory: the receipts being read concurrently, and one page of the listing.
    pub fn list(&self) -> impl Stream<Item = Result<Receipt>> + '_ {
        let listing = self.store.list(Some(&Path::from(RECEIPTS)));
        let reads = listing.filter_map(|meta| future::ready(named_receipt(meta))).map(|key| self.listed(key));
        reads.buffered(READS).filter_map(|receipt| future::ready(receipt.transpose()))
    }

    async fn listed(&self, key: Result<Path>) -> Result<Option<Receipt>> {
        let key = key?;
        let Some(committed) = self.read_key(&key).await? else { return Ok(None) };
        let expected = receipt_key(&committed.receipt.source.url);
        if expected == key {
            return Ok(Some(committed.receipt));
        }
        let problem = format!("the receipt of {} belongs at {expected}", committed.receipt.source.url);
        Err(LakeError::BadReceipt { key: key.to_string(), problem })
    }
}

fn named_receipt(meta: object_store::Result<ObjectMeta>) -> Option<Result<Path>> {
    match meta {
        Ok(meta) => (meta.location.extension() == Some("json")).then_some(Ok(meta.location)),
        Err(source) => Some(Err(LakeError::read(&Path::from(RECEIPTS), source))),
    }
}
