use lake::LakeError;

/// Why a source was not curated. Nothing was committed; running again is safe and completes the work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CurateError {
    /// The source could not be read.
    #[error("cannot read {url}")]
    Read {
        /// The source.
        url: String,
        /// What the store reported.
        source: object_store::Error,
    },
    /// The source was replaced while it was read.
    #[error("{url} was replaced while it was read")]
    Changed {
        /// The source.
        url: String,
    },
    /// The lake could not be read or written.
    #[error("cannot curate {url}")]
    Lake {
        /// The source.
        url: String,
        /// What happened.
        source: Box<LakeError>,
    },
    /// Time ran out, or nobody was waiting any more, before everything was written. Uploads in progress were aborted.
    #[error("stopped before {url} was curated")]
    Stopped {
        /// The source.
        url: String,
    },
    /// A quarantine object was to be curated with `redo`. Its rows that are still bad are in a later quarantine object, and continue
    /// from there.
    #[error(
        "{url} is a quarantine object, which --redo does not apply to: reprocess it without --redo, or redo the object it came from"
    )]
    RedoOfQuarantine {
        /// The source.
        url: String,
    },
    /// The system did not start a thread for the source.
    #[error("cannot start a thread for {url}")]
    NoThread {
        /// The source.
        url: String,
        /// What the system reported.
        source: std::io::Error,
    },
    /// A thread of this program panicked: a bug.
    #[error("an internal error while curating {url}; please report it")]
    Panicked {
        /// The source.
        url: String,
    },
    /// The table's schema could not be read, or is invalid.
    #[error("cannot use the table's schema, TABLE_SCHEMA {name}: {problem}")]
    Schema {
        /// The setting.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// An address could not be searched for sources.
    #[error("cannot look for sources at {address}: {problem}")]
    Search {
        /// As it was given.
        address: String,
        /// What is wrong.
        problem: String,
    },
}

impl CurateError {
    /// Whether another run has committed something for the same source in the meantime.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, CurateError::Lake { source, .. } if matches!(**source, LakeError::Conflict { .. }))
    }
}
