use lake::Receipt;

/// The result of curating a source.
#[derive(Debug)]
pub enum Outcome {
    /// The source was curated.
    Curated {
        /// The receipt, as stored in the lake.
        receipt: Receipt,
        /// Number of bytes of text that were read.
        text_bytes: u64,
    },
    /// The source had already been curated, so nothing was written.
    Unchanged {
        /// The receipt, as stored in the lake.
        receipt: Receipt,
        /// Whether the receipt was written under a schema other than the current one, so that `redo` could change something.
        other_schema: bool,
    },
    /// The source must not be curated.
    Skipped {
        /// The reason.
        reason: &'static str,
    },
}
