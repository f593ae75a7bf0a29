use lake::Receipt;

/// What happened to a source.
#[derive(Debug)]
pub enum Outcome {
    /// It was curated.
    Curated {
        /// The receipt, as stored in the lake.
        receipt: Receipt,
        /// Bytes of text that were read.
        text_bytes: u64,
    },
    /// It had already been curated. Nothing was written.
    Unchanged {
        /// The receipt, as stored in the lake.
        receipt: Receipt,
        /// Whether the receipt was written under another schema than the present one, so that `redo` could change something.
        other_schema: bool,
    },
    /// It is not to be curated.
    Skipped {
        /// Why.
        reason: &'static str,
    },
}
