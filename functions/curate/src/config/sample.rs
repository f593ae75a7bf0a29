use super::declarations::{DETECTED_INPUT, MAX_LINE, MAX_RATIO, NAMES, SAMPLE};
use crate::locations::{Clouds, Search};
use bronze::Format;
use settings::{Problems, Reader, Warning};
use std::ffi::OsString;

/// The checked settings of a verb that looks at objects without a lake.
#[derive(Debug, Clone)]
pub struct SampleConfig {
    /// Finds the objects.
    pub search: Search,
    /// The format of the objects, or `None` if it is to be detected.
    pub input: Option<Format>,
    /// Maximum length of a line in bytes.
    pub max_line: usize,
    /// Maximum ratio of the size of text to that of its compressed form.
    pub max_ratio: u64,
}

impl SampleConfig {
    /// Reads the settings, given by `options` (name without dashes, value) or else by `environment`. `arguments` has the problems with other
    /// arguments.
    ///
    /// # Errors
    ///
    /// Reports all problems together.
    pub fn read(
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
        arguments: Vec<String>,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let clouds = Clouds::new(&environment);
        let mut reader = Reader::new(&SAMPLE, environment, options);
        arguments.into_iter().for_each(|problem| reader.invalid_argument(problem));
        let input = reader.take(&DETECTED_INPUT);
        let names = reader.take(&NAMES);
        let max_line = reader.take(&MAX_LINE);
        let max_ratio = reader.take(&MAX_RATIO);
        let config = (|| {
            Some(SampleConfig {
                search: Search { names: names?, lake: None, clouds },
                input: input?,
                max_line: max_line? as usize,
                max_ratio: max_ratio? as u64,
            })
        })();
        reader.finish(config)
    }
}
