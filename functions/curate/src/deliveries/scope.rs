use super::summary::Skipped;
use crate::config::{Config, FunctionConfig};
use crate::locations::{Names, ObjectUrl, OwnOutput};
use bronze::Format;
use lake::Input;

/// The rules for which objects the function handles.
#[derive(Debug)]
pub(super) struct Scope {
    source: ObjectUrl,
    own: OwnOutput,
    names: Names,
    input: Format,
}

impl Scope {
    pub(super) fn new(function: &FunctionConfig) -> Self {
        let own = OwnOutput::new(&function.source_location, Some(&function.config.lake));
        let Config { names, input, .. } = &function.config;
        Scope { source: function.source.clone(), own, names: names.clone(), input: *input }
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
        } else if let Err(problem) = Input::of(self.input, &object.to_string()) {
            // Delivering the event again would not change the name.
            (Skipped::OtherName, format!("cannot be read as {}: {problem}", self.input))
        } else {
            return None;
        };
        Some((code, format!("{object} {why}")))
    }
}
