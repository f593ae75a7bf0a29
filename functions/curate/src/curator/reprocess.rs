//! Decides which objects of the lake's own quarantine are reprocessed, and by which key they are known.

use super::{Curator, PROGRAM, lake_error};
use crate::error::CurateError;
use crate::locations::Source;
use lake::{Committed, QUARANTINE, Receipt};
use object_store::path::Path;
use table::Reason;

/// Reasons why a quarantine object is not reprocessed.
const NO_RECEIPT: &str = "no receipt names this quarantine object: a killed or replaced run left it behind";
const SAME_SCHEMA: &str =
    "it was quarantined under the same schema: reprocessing it would not change anything";

/// Returns the maximum length of a quarantine entry for a line of `max_line` bytes: the line in base64, with an error around it.
pub(super) fn quarantined_length(max_line: usize) -> usize {
    const ERROR: usize = 4 << 10;
    max_line / 3 * 4 + ERROR
}

/// A quarantine object that may be reprocessed.
pub(super) struct Quarantined {
    /// SHA-256 of the object's content, which identifies it wherever the lake is copied to.
    pub(super) sha256: String,
    /// The receipt of the run that reprocessed it, if there was one.
    pub(super) before: Option<Committed>,
}

impl Curator {
    /// Returns the key of a source that is in this lake's own quarantine, or `None` for any other source.
    pub(super) fn own_quarantine(&self, source: &Source) -> Option<Path> {
        let lake = self.config.lake.root_url();
        let key = Path::from_url_path(source.url.strip_prefix(&lake)?.strip_prefix('/')?).ok()?;
        let in_quarantine = key.parts().next().is_some_and(|first| first.as_ref() == QUARANTINE);
        in_quarantine.then_some(key)
    }

    /// Looks up a quarantine object in the receipts. Returns the reason if it is not reprocessed.
    pub(super) async fn look_at_quarantine(
        &self,
        key: &Path,
        url: &str,
    ) -> Result<Result<Quarantined, &'static str>, CurateError> {
        let Some((writer, output)) = self.receipts.of_quarantine(key).await.map_err(lake_error(url))? else {
            return Ok(Err(NO_RECEIPT));
        };
        if self.would_judge_alike(&writer) {
            return Ok(Err(SAME_SCHEMA));
        }
        Ok(Ok(Quarantined { sha256: output.sha256, before: self.receipt(url).await? }))
    }

    /// Returns whether every line that a run quarantined would be quarantined again. That is the case for the same program and schema,
    /// unless lines were too long and the limits have changed since.
    fn would_judge_alike(&self, writer: &Receipt) -> bool {
        let source = &writer.source;
        let Ok(input) = lake::Input::of(self.config.input, &source.url) else { return false };
        let now = self.lake.run(source.clone(), input, &self.config.limits(), PROGRAM);
        let alike = writer.schema.sha256 == now.schema_sha256 && writer.program == now.program;
        let limits_matter = writer.quarantined.contains_key(Reason::LineTooLong.code());
        alike && (writer.run == now.id || !limits_matter)
    }
}
