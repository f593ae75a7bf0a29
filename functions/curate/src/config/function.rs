use super::Config;
use super::declarations::FUNCTION;
use super::reading::Reading;
use crate::locations::{Location, ObjectUrl};
use crate::schema_file::SchemaFile;
use fn_kit::Contract;
use settings::{Problems, Warning};
use std::ffi::OsString;
use tracing::level_filters::LevelFilter;

/// The settings of the function, checked as far as is possible without a request.
#[derive(Debug)]
pub(crate) struct FunctionConfig {
    pub(crate) config: Config,
    pub(crate) schema: SchemaFile,
    /// The bucket, with a folder if one is given, whose objects are curated.
    pub(crate) source: ObjectUrl,
    pub(crate) source_location: Location,
    pub(crate) log_level: LevelFilter,
}

impl FunctionConfig {
    /// Reads the function's settings. A schema file in a cloud is only located now, and read with the first event, because a function must
    /// start quickly.
    ///
    /// # Errors
    ///
    /// Reports all problems together.
    pub(crate) async fn read(
        contract: &Contract,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reading = Reading::new(&FUNCTION, environment, Vec::new());
        if let Some(mebibytes) = contract.memory_mb() {
            reading.container_memory(mebibytes);
        }
        reading.lake_must_last();
        let log_level = reading.log_level();
        let source = reading.source_url();
        let schema = reading.schema_file();
        if let Some(schema) = &schema
            && !schema.is_remote()
        {
            reading.schema(schema).await;
        }
        let lake = reading.lake_address();
        let config = reading.config(lake.as_ref());
        let lake = config.as_ref().map(|config| &config.lake);
        let source_location = source.as_ref().and_then(|source| reading.source_location(source, lake));
        let function = (|| {
            Some(FunctionConfig {
                config: config?,
                schema: schema?,
                source: source?.into(),
                source_location: source_location?,
                log_level: log_level?,
            })
        })();
        reading.finish(function)
    }
}
