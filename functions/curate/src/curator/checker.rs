use super::Curator;
use super::job::Job;
use super::reprocess::{Quarantined, quarantined_length};
use crate::config::{CheckConfig, Config};
use crate::error::CurateError;
use crate::locations::{Beginning, DryStore, Source};
use lake::{Lake, OutputKind, Receipt, quarantine_key};
use object_store::path::Path;
use std::sync::Arc;

/// Finds out what curating objects would do, without writing anything: a [`Curator`] whose lake forgets what it is given.
#[derive(Debug, Clone)]
pub struct Checker {
    curator: Curator,
    store: Arc<DryStore>,
}

/// What curating a source would do.
#[derive(Debug)]
pub enum Checked {
    /// It would be curated.
    Curated {
        /// The receipt that would be written. It doesn't say what it would supersede.
        receipt: Box<Receipt>,
        /// Number of bytes of text that were read.
        text_bytes: u64,
        /// The beginning of the quarantine object, if there would be one.
        quarantine: Option<Beginning>,
    },
    /// It would be skipped.
    Skipped {
        /// The reason.
        reason: &'static str,
    },
}

impl Checker {
    /// Creates a checker with as many threads as there are cores. `lake` is the one that the settings open.
    pub fn new(settings: CheckConfig, lake: Lake) -> std::io::Result<Self> {
        let CheckConfig { config, store, .. } = settings;
        Ok(Checker { curator: Curator::new(config, lake, usize::MAX)?, store })
    }

    /// Returns the settings in force.
    pub fn config(&self) -> &Config {
        &self.curator.config
    }

    /// Checks one object, whether or not it has been curated before.
    pub async fn check(&self, source: Source, job: &Job) -> Result<Checked, CurateError> {
        let (source, max_line) = match self.curator.own_quarantine(&source) {
            None => (source, self.config().max_line),
            Some(key) => {
                let own_url = lake::own_url(&key);
                match self.curator.look_at_quarantine(&key, &own_url).await? {
                    Ok(Quarantined { sha256, .. }) => {
                        let source = Source { url: own_url, version: sha256, ..source };
                        (source, quarantined_length(self.config().max_line))
                    }
                    Err(reason) => return Ok(Checked::Skipped { reason }),
                }
            }
        };
        match self.curator.write(&source, max_line, job).await {
            Ok((receipt, text_bytes)) => {
                let quarantine = self.take_quarantine(&receipt);
                Ok(Checked::Curated { receipt: Box::new(receipt), text_bytes, quarantine })
            }
            Err(error) => {
                // Nothing may accumulate, however many objects fail.
                if let Ok(lake) = self.curator.recorded(&source.url).await
                    && let Ok(run) = self.curator.run(lake, &source)
                {
                    self.store.take(&quarantine_key(&run));
                }
                Err(error)
            }
        }
    }

    fn take_quarantine(&self, receipt: &Receipt) -> Option<Beginning> {
        let output = receipt.outputs.iter().find(|output| output.kind == OutputKind::Quarantine)?;
        self.store.take(&Path::parse(&output.key).ok()?)
    }
}
