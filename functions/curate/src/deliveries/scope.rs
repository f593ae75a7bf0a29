use super::summary::Skipped;
use crate::config::FunctionConfig;
use crate::locations::{ObjectUrl, OwnOutput, is_object_name};

/// The rules for which objects the function handles.
#[derive(Debug)]
pub(super) struct Scope {
    source: ObjectUrl,
    own: OwnOutput,
}

impl Scope {
    pub(super) fn new(function: &FunctionConfig) -> Self {
        let own = OwnOutput::new(&function.source_location, &function.config.lake);
        Scope { source: function.source.clone(), own }
    }

    /// Returns why an object is not handled, as a code and a message, or `None` if it is handled.
    pub(super) fn excludes(&self, object: &ObjectUrl) -> Option<(Skipped, String)> {
        let source = &self.source;
        let (code, why) = if self.own.covers(&object.to_string()) {
            (Skipped::OwnPrefix, "was written by curate".to_owned())
        } else if object.bucket() != source.bucket() {
            (Skipped::OtherBucket, format!("is not in the bucket of SOURCE_URL, {source}"))
        } else if !object.is_below(source) {
            (Skipped::OtherPrefix, format!("is not below SOURCE_URL, {source}"))
        } else if !is_object_name(object.path()) {
            (Skipped::OtherName, "does not end in .gz or .jsonl".to_owned())
        } else {
            return None;
        };
        Some((code, format!("{object} {why}")))
    }
}
