//! What the work depends on: settings, read and checked.

mod declarations;
mod function;
mod reading;
mod shares;

pub use declarations::{COMMAND, FUNCTION};
pub(crate) use function::FunctionConfig;

use crate::locations::{Address, Clouds, Location};
use lake::Budget;
use reading::Reading;
use settings::{Problems, Warning};
use std::ffi::OsString;
use std::sync::Arc;
use table::Schema;
use tracing::level_filters::LevelFilter;

/// Everything the work depends on, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The lake.
    pub lake: Location,
    /// The lake's address, as given.
    pub lake_address: Address,
    /// How many objects to curate at a time.
    pub jobs: usize,
    /// The longest line that is taken as a record, in bytes.
    pub max_line: usize,
    /// The maximum ratio of text to gzip.
    pub max_ratio: u64,
    /// What the rows of one object may take.
    pub budget: Budget,
    /// What the rows of all other objects may take together, in bytes.
    pub shared_rows: usize,
    /// The size of the parts that files are uploaded in, in bytes.
    pub part_size: usize,
    /// How to reach the stores of clouds.
    pub(crate) clouds: Clouds,
}

/// Everything the command depends on, checked.
#[derive(Debug)]
pub struct CommandConfig {
    /// The limits and the lake.
    pub config: Config,
    /// The table's schema.
    pub schema: Arc<Schema>,
    /// The least severe level that is logged.
    pub log_level: LevelFilter,
}

impl CommandConfig {
    /// Reads the command's settings, given by `options` (name without dashes, value) or else by `environment`, and the schema.
    ///
    /// The folder of a local lake is created only when all settings are valid.
    ///
    /// # Errors
    ///
    /// All problems together.
    pub async fn read(
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reading = Reading::new(&COMMAND, environment, options);
        let log_level = reading.log_level();
        let schema = match reading.schema_file() {
            Some(file) => reading.schema(&file).await,
            None => None,
        };
        let config = reading.config();
        let command = (|| Some(CommandConfig { config: config?, schema: schema?, log_level: log_level? }))();
        reading.finish(command)
    }
}

impl Config {
    /// Every setting that affects what is written, as text. It is part of a run's identity: changing it renames all outputs.
    pub(crate) fn limits(&self) -> String {
        let Budget { ceiling, comfort, open_file } = self.budget;
        let Config { max_line, max_ratio, .. } = self;
        format!("rows {ceiling} {comfort} {open_file}, line {max_line}, ratio {max_ratio}")
    }
}
