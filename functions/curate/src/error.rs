use crate::locations::Ignored;
use crate::schema_file::SchemaFileError;
use bronze::Format;
use lake::{LakeError, NotKafkaConnect};
use std::error::Error;

/// Why a source was not curated. Nothing was committed. Running again is safe and completes the work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CurateError {
    /// The source could not be read.
    #[error("cannot read {url}")]
    Read {
        /// The source's URL.
        url: String,
        /// The store's error.
        source: object_store::Error,
    },
    /// The source's key in S3 is one that this program cannot address. Other objects are not affected.
    #[error("cannot read {url}: the key {problem}, which is not supported; copy the object to another key")]
    UnsupportedKey {
        /// The source's URL.
        url: String,
        /// What is not supported about the key.
        problem: &'static str,
    },
    /// The source was replaced while it was being read.
    #[error("{url} was replaced while it was read")]
    Changed {
        /// The source's URL.
        url: String,
    },
    /// The lake could not be read or written.
    #[error("cannot curate {url}")]
    Lake {
        /// The source's URL.
        url: String,
        /// The lake's error.
        source: Box<LakeError>,
    },
    /// Time ran out, or the caller no longer waited, before everything was written. Uploads in progress were aborted.
    #[error("stopped before {url} was curated")]
    Stopped {
        /// The source's URL.
        url: String,
    },
    /// `redo` was requested for a quarantine object. Rows of it that are still bad are in a later quarantine object, and are reprocessed
    /// from there.
    #[error(
        "cannot redo {url}, which is a quarantine object: reprocess it without --redo, or redo the object it came from"
    )]
    RedoOfQuarantine {
        /// The source's URL.
        url: String,
    },
    /// The system could not start a thread for the source.
    #[error("cannot start a thread for {url}")]
    NoThread {
        /// The source's URL.
        url: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A thread of this program panicked, which is a bug.
    #[error("internal error while curating {url}; please report this bug")]
    Panicked {
        /// The source's URL.
        url: String,
    },
    /// The table's schema could not be read, or is invalid.
    #[error("cannot use the table's schema (TABLE_SCHEMA {name})")]
    Schema {
        /// The value of the setting.
        name: String,
        /// What is wrong with the schema.
        source: SchemaFileError,
    },
    /// The lake can't be read, or holds another table. Nothing was written.
    #[error("cannot use the lake {lake}")]
    OpenLake {
        /// The lake's address, as given by the user.
        lake: String,
        /// The lake's error.
        source: Box<LakeError>,
    },
    /// The lake is new, and there is no schema for records in this format. Nothing was written.
    #[error("a new lake for objects in the format {format} needs a schema: set --schema (TABLE_SCHEMA)")]
    NoSchema {
        /// The input format.
        format: Format,
    },
    /// There is no object at an address whose name matches a pattern.
    #[error("no objects named {names} at {address}{}", ignored_objects(.ignored))]
    NoObject {
        /// The address, as given by the user.
        address: String,
        /// The patterns.
        names: String,
        /// The objects with other names.
        ignored: Ignored,
    },
    /// An object's name doesn't have the form that the input format needs.
    #[error("cannot read {url} as {format}")]
    Name {
        /// The source's URL.
        url: String,
        /// The input format.
        format: Format,
        /// What the name must be like.
        source: NotKafkaConnect,
    },
    /// An address could not be searched for sources.
    #[error("cannot open {address}")]
    Search {
        /// The address, as given by the user.
        address: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl CurateError {
    /// Returns whether there is nothing at the address, or nothing of the wanted kind.
    pub fn is_missing(&self) -> bool {
        match self {
            CurateError::Search { .. } | CurateError::NoObject { .. } => true,
            CurateError::Read { source, .. } => matches!(source, object_store::Error::NotFound { .. }),
            _ => false,
        }
    }

    /// Returns whether the schema is wrong or missing, so that trying again does not help.
    pub fn is_about_schema(&self) -> bool {
        match self {
            CurateError::NoSchema { .. } => true,
            CurateError::OpenLake { source, .. } | CurateError::Lake { source, .. } => {
                matches!(**source, LakeError::OtherTable { .. })
            }
            _ => false,
        }
    }

    /// Returns whether another run has committed something for the same source in the meantime.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, CurateError::Lake { source, .. } if matches!(**source, LakeError::Conflict { .. }))
    }
}

fn ignored_objects(ignored: &Ignored) -> String {
    match ignored.total() {
        0 => String::new(),
        _ => format!(", only {}", ignored.by_extension()),
    }
}
