use object_store::path::Path;

/// The result of work on the lake.
pub type Result<T> = std::result::Result<T, LakeError>;

/// What can go wrong with the lake: every one fails the run on one source, and leaves no receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The lake refused a write; a later run may find it willing.
    #[error("cannot write {key}")]
    Write {
        /// The object's key in the lake.
        key: String,
        /// The store's answer.
        source: object_store::Error,
    },
    /// The lake did not give what it holds.
    #[error("cannot read {key}")]
    Read {
        /// The object's key in the lake.
        key: String,
        /// The store's answer.
        source: object_store::Error,
    },
    /// A receipt is there, but is not one this program can read. It is left alone: only a person can tell what it means.
    #[error("{key} is not a receipt: {problem}")]
    BadReceipt {
        /// The receipt's key in the lake.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The run was told to stop before everything was written. A later run writes it again.
    #[error("stopped before everything was written")]
    Stopped,
    /// Another run committed something else for the same source in the meantime. Running again settles it.
    #[error("{key} was written by another run at the same time")]
    Conflict {
        /// The receipt's key in the lake.
        key: String,
    },
    /// The source's rows go to more files than there is memory for, even one row at a time: its partition columns have
    /// too many values.
    #[error(
        "more than {most} files from one object: its partition columns have too many values for this much memory"
    )]
    TooManyFiles {
        /// How many there is memory for.
        most: usize,
    },
    /// The Parquet library refused rows: an error in this program.
    #[error("cannot encode {key}")]
    Encode {
        /// The file's key in the lake.
        key: String,
        /// The library's words.
        source: parquet::errors::ParquetError,
    },
}

impl LakeError {
    pub(crate) fn write(key: &Path, source: object_store::Error) -> Self {
        LakeError::Write { key: key.to_string(), source }
    }

    pub(crate) fn read(key: &Path, source: object_store::Error) -> Self {
        LakeError::Read { key: key.to_string(), source }
    }
}
