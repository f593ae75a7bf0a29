use crate::refused::{Line, LineSplitter, Refused, Summary};
use curate::{Beginning, Checked, Checker, CurateError, Job, Source};
use lake::Receipt;
use std::ops::ControlFlow;

/// What `curate` would do with an object.
#[derive(Debug)]
pub(super) enum Object {
    Curated {
        receipt: Box<Receipt>,
        text_bytes: u64,
        /// The refused records, except those of a quarantine that is too long to be kept.
        refused: Summary,
    },
    Skipped {
        reason: &'static str,
    },
}

impl Object {
    /// Checks a source.
    pub(super) async fn check(checker: &Checker, source: Source, job: Job) -> Result<Self, CurateError> {
        let url = source.url().to_owned();
        let (receipt, text_bytes, quarantine) = match checker.check(source, &job).await? {
            Checked::Curated { receipt, text_bytes, quarantine } => (receipt, text_bytes, quarantine),
            Checked::Skipped { reason } => return Ok(Object::Skipped { reason }),
        };
        let refused = match quarantine {
            Some(quarantine) => {
                let of = url.clone();
                let read = tokio::task::spawn_blocking(move || summary(&quarantine, &of));
                read.await.map_err(|_| CurateError::Panicked { url })?
            }
            None => Summary::default(),
        };
        Ok(Object::Curated { receipt, text_bytes, refused })
    }
}

/// Reads the records in the beginning of a quarantine object of the source at `url`.
fn summary(quarantine: &Beginning, url: &str) -> Summary {
    let mut summary = Summary::default();
    let mut add = |line: Line<'_>| {
        let refused = Refused::read(line);
        // A remark about the whole object is no record. It is printed as damage.
        if refused.content.is_some() {
            summary.add(&refused, url);
        }
        ControlFlow::Continue(())
    };
    let mut splitter = LineSplitter::new();
    let read = splitter.push(&quarantine.bytes, &mut add);
    if read.is_ok() && quarantine.is_all {
        // The quarantine was written a moment ago, so what cannot be read of it is a bug, and then missing in the counts.
        drop(splitter.finish(&mut add));
    }
    summary
}
