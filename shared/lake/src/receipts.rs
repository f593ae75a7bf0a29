use crate::error::{LakeError, Result};
use crate::layout::{object_url, receipt_key};
use crate::receipt::{OutputKind, Receipt};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;

/// Largest receipt that is read. One of 10,000 partitions takes some 5 MB.
const MAX_RECEIPT: u64 = 64 << 20;

/// Deletions under way at a time.
const DELETIONS: usize = 16;

/// The receipts of a lake: what is done, and how doing it again replaces it.
#[derive(Debug, Clone)]
pub struct Receipts {
    store: Arc<dyn ObjectStore>,
    lake: Url,
}

/// A receipt as it stands in the lake.
#[derive(Debug)]
pub struct Committed {
    /// What it says.
    pub receipt: Receipt,
    version: UpdateVersion,
}

impl Receipts {
    /// The receipts of the lake at `lake`, which `store` is rooted at.
    pub fn new(store: Arc<dyn ObjectStore>, lake: Url) -> Self {
        Receipts { store, lake }
    }

    /// The receipt of the source at `url`, if it has one.
    pub async fn read(&self, url: &str) -> Result<Option<Committed>> {
        self.read_key(&receipt_key(url)).await
    }

    async fn read_key(&self, key: &Path) -> Result<Option<Committed>> {
        let answer = match self.store.get(key).await {
            Ok(answer) => answer,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(LakeError::read(key, source)),
        };
        let bad = |problem: String| LakeError::BadReceipt { key: key.to_string(), problem };
        if answer.meta.size > MAX_RECEIPT {
            return Err(bad(format!("{} bytes long", answer.meta.size)));
        }
        let version =
            UpdateVersion { e_tag: answer.meta.e_tag.clone(), version: answer.meta.version.clone() };
        let bytes = answer.bytes().await.map_err(|source| LakeError::read(key, source))?;
        let receipt = Receipt::parse(&bytes).map_err(bad)?;
        Ok(Some(Committed { receipt, version }))
    }

    /// The keys that a new run on the source makes void: those of the run before (not those that the new run writes again),
    /// and those of runs on its quarantine, with their receipts, since the new run judges the same lines anew.
    pub async fn superseded(&self, before: &Receipt, new: &Receipt) -> Result<Vec<String>> {
        if before.run == new.run {
            return Ok(before.supersedes.clone());
        }
        let mut keys = BTreeSet::new();
        let mut receipts = vec![before.clone()];
        while let Some(receipt) = receipts.pop() {
            for output in receipt.outputs {
                if output.kind == OutputKind::Quarantine
                    && let Ok(path) = Path::parse(&output.key)
                {
                    let key = receipt_key(&object_url(&self.lake, &path));
                    if let Some(driven_again) = self.read_key(&key).await? {
                        keys.insert(key.to_string());
                        receipts.push(driven_again.receipt);
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

    /// Writes a receipt, in the place of `before`, if nothing else has taken that place in the meantime. A twin that wrote the
    /// very same receipt is no conflict.
    pub async fn commit(&self, receipt: &Receipt, before: Option<&Committed>) -> Result<()> {
        let key = receipt_key(&receipt.source.url);
        let bytes = receipt.to_bytes();
        let mode = match before {
            None => PutMode::Create,
            Some(before) => PutMode::Update(before.version.clone()),
        };
        let mut answer = self.store.put_opts(&key, bytes.clone().into(), mode.into()).await;
        if let Err(Error::NotImplemented { .. }) = answer {
            // The store has no conditional writes (a file system, for one). The look before the write leaves a gap in which
            // another run may commit; both receipts would be true of what was written at their time.
            answer = match self.still(&key, before).await? {
                true => self.store.put(&key, bytes.into()).await,
                false => return self.twin(&key, receipt).await,
            };
        }
        match answer {
            Ok(_) => Ok(()),
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

    async fn twin(&self, key: &Path, receipt: &Receipt) -> Result<()> {
        match self.read_key(key).await? {
            Some(now) if now.receipt == *receipt => Ok(()),
            _ => Err(LakeError::Conflict { key: key.to_string() }),
        }
    }

    /// Removes what a committed receipt has declared void. What is gone already stays gone.
    pub async fn remove_superseded(&self, receipt: &Receipt) -> Result<()> {
        let keys = receipt.supersedes.iter().filter_map(|key| Path::parse(key).ok());
        let deletions = stream::iter(keys).map(|key| async move {
            match self.store.delete(&key).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(source) => Err(LakeError::write(&key, source)),
            }
        });
        deletions.buffer_unordered(DELETIONS).try_collect().await
    }
}
