use lake::LakeError;

/// Why a source was not curated. Nothing was committed, and another run can heal it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CurateError {
    /// The source could not be read.
    #[error("cannot read {url}")]
    Read {
        /// The source.
        url: String,
        /// The store's answer.
        source: object_store::Error,
    },
    /// The source was replaced while it was read.
    #[error("{url} was replaced while it was read")]
    Changed {
        /// The source.
        url: String,
    },
    /// The lake did not take, or give, what it should.
    #[error("cannot curate {url}")]
    Lake {
        /// The source.
        url: String,
        /// What happened.
        source: Box<LakeError>,
    },
    /// There was no time left, or nobody who waited, before all was written; what had been begun was given up.
    #[error("stopped before {url} was curated")]
    Stopped {
        /// The source.
        url: String,
    },
    /// A quarantine object was to be done again. Its rows that are still bad are in a later quarantine object, and go from there.
    #[error(
        "{url} is in quarantine, which --redo is not for: drive it again without --redo, or redo the object it came from"
    )]
    RedoOfQuarantine {
        /// The source.
        url: String,
    },
    /// The system gave no thread to work on the source.
    #[error("cannot start a thread for {url}")]
    NoThread {
        /// The source.
        url: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A thread of this program panicked: an error in it.
    #[error("an internal error while curating {url}; please report it")]
    Panicked {
        /// The source.
        url: String,
    },
    /// The table's schema could not be read, or is none.
    #[error("cannot use the table's schema, TABLE_SCHEMA {place}: {problem}")]
    Schema {
        /// Where it should be.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// What was named is no place that sources can be at.
    #[error("cannot look for sources at {place}: {problem}")]
    Place {
        /// As it was given.
        place: String,
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
