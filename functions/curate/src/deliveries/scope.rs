use super::summary::Skipped;
use crate::config::FunctionConfig;
use crate::locations::{Names, ObjectUrl, OwnOutput};

/// The rules for which objects the function handles.
#[derive(Debug)]
pub(super) struct Scope {
    source: ObjectUrl,
    own: OwnOutput,
    names: Names,
}

impl Scope {
    pub(super) fn new(function: &FunctionConfig) -> Self {
        let own = OwnOutput::new(&function.source_location, &function.config.lake);
        Scope { source: function.source.clone(), own, names: function.config.names.clone() }
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
        } else if !self.names.include(object.path().as_ref()) {
            (Skipped::OtherName, format!("is named like none of NAMES, {}", self.names.as_str()))
        } else {
            return None;
        };
        Some((code, format!("{object} {why}")))
    }
}
