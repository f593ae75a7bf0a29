//! The settings of the command and the function, read and checked.

mod check;
mod declarations;
mod function;
mod reading;
mod sample;
mod shares;

pub use check::CheckConfig;
pub use declarations::{CHECK, COMMAND, FUNCTION, SAMPLE};
pub(crate) use function::FunctionConfig;

use crate::locations::{Address, Clouds, Location, Names, Search};
use bronze::Format;
use lake::Budget;
use reading::Reading;
pub use sample::SampleConfig;
use settings::{Problems, Warning};
use std::ffi::OsString;
use std::sync::Arc;
use table::Schema;
use tracing::level_filters::LevelFilter;

/// The checked settings that the work on any object depends on.
#[derive(Debug, Clone)]
pub struct Config {
    /// The lake's location.
    pub lake: Location,
    /// The lake's address as given by the user, for messages.
    pub(crate) lake_name: String,
    /// The format of the sources.
    pub input: Format,
    /// The names of the objects that a search finds.
    pub names: Names,
    /// Maximum number of objects curated concurrently.
    pub jobs: usize,
    /// Maximum length of a line in bytes. Longer lines are quarantined.
    pub max_line: usize,
    /// Maximum ratio of the size of text to that of its gzip.
    pub max_ratio: u64,
    /// Decides where the rows of an object are cut. It is the same whatever the memory.
    pub budget: Budget,
    /// Maximum bytes of cut rows and quarantine text of one object that wait for a thread.
    pub max_waiting: usize,
    /// Maximum number of files of one object.
    pub max_files: usize,
    /// Memory for the rows of all other objects together, in bytes.
    pub shared_rows: usize,
    /// Size of the parts in which files are uploaded, in bytes.
    pub part_size: usize,
    /// Access to the stores of clouds.
    pub(crate) clouds: Clouds,
}

/// The checked settings of the command.
#[derive(Debug)]
pub struct CommandConfig {
    /// The lake and the limits.
    pub config: Config,
    /// The lake's address, as given by the user.
    pub lake_address: Address,
    /// The table's schema, or `None` if the lake's own is to be used.
    pub schema: Option<Arc<Schema>>,
    /// The least severe level that is logged.
    pub log_level: LevelFilter,
}

impl CommandConfig {
    /// Reads the schema and the command's settings, given by `options` (name without dashes, value) or else by `environment`.
    ///
    /// `arguments` has the problems with the command's other arguments. Creates nothing: the first object written creates the folder of a
    /// local lake. `log` is called with the log level before the schema is read, which may take a while.
    ///
    /// # Errors
    ///
    /// Reports all problems together.
    pub async fn read(
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
        arguments: Vec<String>,
        log: impl FnOnce(LevelFilter),
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reading = Reading::new(&COMMAND, environment, options);
        reading.invalid_arguments(arguments);
        let log_level = reading.log_level();
        if let Some(level) = log_level {
            log(level);
        }
        let schema = match reading.schema_file() {
            Some(file) => reading.schema(&file).await,
            None => None,
        };
        let lake = reading.lake_address();
        let config = reading.config(lake.as_ref());
        let command = (|| {
            Some(CommandConfig {
                config: config?,
                lake_address: lake?,
                schema: schema?,
                log_level: log_level?,
            })
        })();
        reading.finish(command)
    }
}

impl Config {
    /// Returns the search for objects to curate.
    pub fn search(&self) -> Search {
        let Config { names, lake, clouds, .. } = self.clone();
        Search { names, lake: Some(lake), clouds }
    }

    /// Returns every setting that affects what is written, as text. It is part of a run's identity: changing it renames all outputs.
    pub(crate) fn limits(&self) -> String {
        // Not the memory, which only limits: a retry with more of it has to write the same names.
        let Config { budget, max_line, max_ratio, input, .. } = self;
        // The usual format is not mentioned, as before there were others.
        let input = if *input == Format::Connector { String::new() } else { format!(", input {input}") };
        format!("{budget}, line {max_line}, ratio {max_ratio}{input}")
    }
}
