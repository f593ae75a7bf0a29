use futures::StreamExt;
use lake::{LakeError, OutputKind, Receipts, own_url};
use object_store::path::Path;
use std::collections::HashSet;

/// A quarantine object that a receipt names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QuarantineObject {
    /// URL of the source object.
    pub(super) source: String,
    /// The object's key in the lake.
    pub(super) key: String,
    /// Number of entries, according to the receipt.
    pub(super) entries: u64,
    /// Whether it has not been reprocessed.
    pub(super) open: bool,
}

/// What a lake's receipts say about its quarantine.
#[derive(Debug, Default)]
pub(super) struct QuarantineObjects {
    /// The quarantine objects, by source and key.
    pub(super) objects: Vec<QuarantineObject>,
    /// Whether there is any receipt at all, even one that can't be read.
    pub(super) any_receipt: bool,
    /// The receipts that can't be read.
    pub(super) problems: Vec<LakeError>,
}

impl QuarantineObjects {
    /// Lists the quarantine objects of a lake.
    ///
    /// Memory: about half a kilobyte for each of them.
    pub(super) async fn of(receipts: &Receipts) -> Self {
        let (mut found, mut reprocessed) = (QuarantineObjects::default(), HashSet::new());
        let mut listing = std::pin::pin!(receipts.list());
        while let Some(receipt) = listing.next().await {
            let receipt = match receipt {
                Ok(receipt) => receipt,
                Err(error) => {
                    found.any_receipt |= matches!(error, LakeError::BadReceipt { .. });
                    found.problems.push(error);
                    continue;
                }
            };
            found.any_receipt = true;
            if receipt.source.url.starts_with(&own_url(&Path::ROOT)) {
                reprocessed.insert(receipt.source.url.clone());
            }
            let outputs = receipt.outputs.into_iter().filter(|output| output.kind == OutputKind::Quarantine);
            found.objects.extend(outputs.map(|output| QuarantineObject {
                source: receipt.source.url.clone(),
                key: output.key,
                entries: output.rows,
                open: true,
            }));
        }
        for object in &mut found.objects {
            // The URL contains nothing but the key: see `own_url`.
            let url = Path::parse(&object.key).map(|key| own_url(&key));
            object.open = !url.is_ok_and(|url| reprocessed.contains(&url));
        }
        found.objects.sort();
        found
    }
}
