use crate::error::{LakeError, Result};
use crate::layout::{own_url, quarantine_receipt_key, receipt_key};
use crate::receipts::receipt::{Output, OutputKind, Receipt};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Maximum size of a receipt. A receipt of 10,000 files is about 5 MB, and a run begins no more files than fit into memory.
const MAX_RECEIPT: u64 = 512 << 20;

/// Number of concurrent deletions.
const DELETIONS: usize = 16;

/// The receipts of a lake: which sources are done, and how a later run replaces a receipt.
#[derive(Debug, Clone)]
pub struct Receipts {
    pub(crate) store: Arc<dyn ObjectStore>,
}

/// A receipt as found in the lake, with its version in the store.
#[derive(Debug)]
pub struct Committed {
    /// The receipt's content.
    pub receipt: Receipt,
    version: UpdateVersion,
}

impl Receipts {
    pub(crate) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Receipts { store }
    }

    /// Reads the receipt of the source at `url`, if there is one.
    pub async fn read(&self, url: &str) -> Result<Option<Committed>> {
        self.read_key(&receipt_key(url)).await
    }

    pub(crate) async fn read_key(&self, key: &Path) -> Result<Option<Committed>> {
        let answer = match self.store.get(key).await {
            Ok(answer) => answer,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(LakeError::read(key, source)),
        };
        let bad = |problem: String| LakeError::BadReceipt { key: key.to_string(), problem };
        if answer.meta.size > MAX_RECEIPT {
            return Err(bad(format!("it is {} bytes long, more than {MAX_RECEIPT}", answer.meta.size)));
        }
        let version =
            UpdateVersion { e_tag: answer.meta.e_tag.clone(), version: answer.meta.version.clone() };
        let bytes = answer.bytes().await.map_err(|source| LakeError::read(key, source))?;
        let receipt = Receipt::parse(&bytes).map_err(bad)?;
        Ok(Some(Committed { receipt, version }))
    }

    /// Reads the receipt of the run that wrote a quarantine object, and returns it with its entry for the object. Returns `None` if no
    /// receipt lists the object: a killed or replaced run left it behind, and it isn't part of the lake.
    pub async fn of_quarantine(&self, key: &Path) -> Result<Option<(Receipt, Output)>> {
        let Some(receipt_key) = quarantine_receipt_key(key) else { return Ok(None) };
        let Some(Committed { receipt, .. }) = self.read_key(&receipt_key).await? else { return Ok(None) };
        let output = receipt.outputs.iter().find(|output| output.key == key.as_ref()).cloned();
        Ok(output.map(|output| (receipt, output)))
    }

    /// Returns the keys that a new run on the source supersedes. These are outputs of the previous run that the new run doesn't write
    /// again, and outputs and receipts of runs on the previous quarantine, because the new run checks the same lines again.
    pub async fn superseded(&self, before: &Receipt, new: &Receipt) -> Result<Vec<String>> {
        if before.run == new.run {
            return Ok(Vec::new());
        }
        let mut keys = BTreeSet::new();
        let mut receipts = vec![before.clone()];
        while let Some(receipt) = receipts.pop() {
            for output in receipt.outputs {
                if output.kind == OutputKind::Quarantine
                    && let Ok(path) = Path::parse(&output.key)
                {
                    let key = receipt_key(&own_url(&path));
                    if let Some(reprocessed) = self.read_key(&key).await? {
                        keys.insert(key.to_string());
                        receipts.push(reprocessed.receipt);
                    }
                }
                keys.insert(output.key);
            }
        }
        for output in &new.outputs {
            keys.remove(&output.key);
        }
        Ok(keys.into_iter().collect())
    }

    /// Commits a receipt in place of `before`, removes what it supersedes, and returns the receipt in its final form.
    ///
    /// Until the removal is complete, the stored receipt lists what is still to be removed, so that the next run can finish the job if this
    /// one is killed. Then the list is emptied: an older version of the source may come back and write the same names again, and those
    /// objects must not be removed.
    pub async fn commit(&self, receipt: Receipt, before: Option<&Committed>) -> Result<Receipt> {
        let committed = self.write(receipt, before).await?;
        Ok(self.settle(committed).await?.receipt)
    }

    /// Removes what a receipt still lists as superseded, if anything.
    pub async fn settle(&self, committed: Committed) -> Result<Committed> {
        if committed.receipt.supersedes.is_empty() {
            return Ok(committed);
        }
        let mut settled = committed.receipt.clone();
        settled.supersedes.clear();
        let key = receipt_key(&settled.source.url);
        // Read again as late as possible: the list is valid only while the receipt is in the lake.
        match self.read_key(&key).await? {
            Some(now) if now.receipt == committed.receipt => {
                self.remove(&now.receipt.supersedes).await?;
                self.write(settled, Some(&now)).await
            }
            Some(now) if now.receipt == settled => Ok(now), // a twin was faster
            _ => Err(LakeError::Conflict { key: key.to_string() }),
        }
    }

    /// Writes a receipt in place of `before`, unless something else has taken its place in the meantime. It is not a conflict if a twin
    /// wrote the same receipt.
    async fn write(&self, receipt: Receipt, before: Option<&Committed>) -> Result<Committed> {
        let key = receipt_key(&receipt.source.url);
        let bytes = Bytes::from(receipt.to_bytes());
        let mode = match before {
            None => PutMode::Create,
            Some(before) => PutMode::Update(before.version.clone()),
        };
        let mut answer = self.store.put_opts(&key, bytes.clone().into(), mode.into()).await;
        if let Err(Error::NotImplemented { .. }) = answer {
            // The store has no conditional writes (a server that only speaks some of S3, for example). Another run may commit between this read and the write.
            // Each receipt would then be true of what had been written at its time.
            answer = match self.still(&key, before).await? {
                true => self.store.put(&key, bytes.into()).await,
                false => return self.twin(&key, receipt).await,
            };
        }
        match answer {
            Ok(put) => {
                let version = UpdateVersion { e_tag: put.e_tag, version: put.version };
                Ok(Committed { receipt, version })
            }
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. }) => {
                self.twin(&key, receipt).await
            }
            Err(source) => Err(LakeError::write(&key, source)),
        }
    }

    async fn still(&self, key: &Path, before: Option<&Committed>) -> Result<bool> {
        let now = self.read_key(key).await?;
        Ok(now.map(|now| now.receipt) == before.map(|before| before.receipt.clone()))
    }

    async fn twin(&self, key: &Path, receipt: Receipt) -> Result<Committed> {
        match self.read_key(key).await? {
            Some(now) if now.receipt == receipt => Ok(now),
            // The twin has already removed what it supersedes.
            Some(now) if now.receipt.run == receipt.run && now.receipt.outputs == receipt.outputs => Ok(now),
            _ => Err(LakeError::Conflict { key: key.to_string() }),
        }
    }

    /// Removes objects. Missing objects are not an error.
    async fn remove(&self, keys: &[String]) -> Result<()> {
        let keys: Vec<Path> = keys.iter().filter_map(|key| Path::parse(key).ok()).collect();
        let deletions = stream::iter(keys).map(|key| async move {
            match self.store.delete(&key).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(source) => Err(LakeError::write(&key, source)),
            }
        });
        deletions.buffer_unordered(DELETIONS).try_collect().await
    }
}
