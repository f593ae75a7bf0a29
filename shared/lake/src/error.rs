use crate::table::evolution::NotThisTable;
use object_store::path::Path;

/// The result of an operation on the lake.
pub type Result<T> = std::result::Result<T, LakeError>;

/// Why an operation on the lake failed. Every error fails the run on one source and leaves no receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The store did not accept a write. A later run may succeed.
    #[error("cannot write {key}")]
    Write {
        /// The object's key in the lake.
        key: String,
        /// The store's error.
        source: object_store::Error,
    },
    /// An object could not be read.
    #[error("cannot read {key}")]
    Read {
        /// The object's key in the lake.
        key: String,
        /// The store's error.
        source: object_store::Error,
    },
    /// A receipt exists, but this program can't read it. It is left alone: a person has to decide what to do with it.
    #[error("{key} is not a receipt: {problem}")]
    BadReceipt {
        /// The receipt's key in the lake.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The lake's table is another one, or the schema changes it in a way that is not allowed. Nothing was written.
    #[error(
        "the lake holds the table {lake}, which the schema {schema} does not fit; use a lake of its own for it"
    )]
    OtherTable {
        /// Name and version of the lake's schema.
        lake: String,
        /// Name and version of the schema.
        schema: String,
        /// What does not fit.
        source: NotThisTable,
    },
    /// The lake's description of its table can't be read. Nothing was written: a person has to decide what to do with it.
    #[error("{key} does not describe a table: {problem}")]
    BadTable {
        /// The document's key in the lake.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The run was stopped before everything was written. A later run starts over.
    #[error("stopped before everything was written")]
    Stopped,
    /// Another run committed a different receipt for the same source in the meantime. Running again resolves the conflict.
    #[error("{key} was written by another run at the same time")]
    Conflict {
        /// The receipt's key in the lake.
        key: String,
    },
    /// The source's rows need more files than there is memory for, even with one row each: its partition columns have too many values.
    #[error(
        "more than {most} files for one object: its partition columns have too many values for the memory limit"
    )]
    TooManyFiles {
        /// How many files there is memory for.
        most: usize,
    },
    /// The Parquet library refused rows, which is a bug in this program.
    #[error("cannot encode {key}")]
    Encode {
        /// The file's key in the lake.
        key: String,
        /// The library's error.
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
