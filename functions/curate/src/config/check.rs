use super::Config;
use super::declarations::CHECK;
use super::reading::Reading;
use crate::locations::{Address, DryStore};
use settings::{Problems, Warning};
use std::ffi::OsString;
use std::sync::Arc;
use table::Schema;
use tracing::level_filters::LevelFilter;

/// The checked settings of a dry run.
#[derive(Debug)]
pub struct CheckConfig {
    /// The limits. Its lake is the one to compare with, or an empty one.
    pub config: Config,
    /// The schema, or `None` if it is that of the lake's table.
    pub schema: Option<Arc<Schema>>,
    /// The address of the lake to compare with, if one is given.
    pub lake_address: Option<Address>,
    /// The store of the lake, which accepts writes and stores nothing.
    pub(crate) store: Arc<DryStore>,
    /// The least severe level that is logged.
    pub log_level: LevelFilter,
}

impl CheckConfig {
    /// Reads a schema, given as `TABLE_SCHEMA` would name it, and the settings of a check, given by `options` (name without dashes, value)
    /// or else by `environment`. Creates nothing.
    ///
    /// `arguments` has the problems with other arguments. `log` is called with the log level before the schema is read, which may take a
    /// while.
    ///
    /// # Errors
    ///
    /// Reports all problems together.
    pub async fn read(
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
        schema: Option<&str>,
        arguments: Vec<String>,
        log: impl FnOnce(LevelFilter),
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reading = Reading::new(&CHECK, environment, options);
        reading.invalid_arguments(arguments);
        let log_level = reading.log_level();
        if let Some(level) = log_level {
            log(level);
        }
        let schema = match schema {
            Some(name) => reading.schema_argument(name).await,
            None => None,
        };
        let lake = reading.checked_lake_address();
        if let (Some(None), Some(None)) = (&schema, &lake) {
            let problem = "the schema \"lake\" means that of a lake, but there is no --lake (LAKE_URL)";
            reading.invalid_arguments(vec![problem.into()]);
        }
        let config = reading.checked_config(lake.as_ref().and_then(Option::as_ref));
        let check = (|| {
            let (config, store) = config?;
            Some(CheckConfig { config, store, schema: schema?, lake_address: lake?, log_level: log_level? })
        })();
        reading.finish(check)
    }
}
