use crate::config::{Config, FUNCTION, Reading};
use crate::handler::Handler;
use crate::location::Location;
use crate::schema_file::SchemaFile;
use fdk::Contract;
use fdk::chain;
use oci_object_store::OciUrl;
use settings::{Problems, Warning};
use std::ffi::OsString;
use std::process::ExitCode;
use tracing::level_filters::LevelFilter;

/// What the function depends on, checked as far as it can be without asking anybody.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) config: Config,
    pub(crate) schema: SchemaFile,
    /// What events have to be about.
    pub(crate) source: OciUrl,
    pub(crate) place: Location,
}

/// Serves as a function, until the process is told to end: exit code 1 when a setting is wrong, all of which are told, or
/// the socket cannot be made.
///
/// No request is sent before the first call.
pub async fn run_function(contract: Contract, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let ((function, log_level), warnings) = match Function::read(&contract, environment).await {
        Ok(read) => read,
        Err(problems) => {
            eprintln!("curate: {problems}");
            return ExitCode::FAILURE;
        }
    };
    fdk::log::init(log_level);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    match fdk::serve(contract, Handler::new(function)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

impl Function {
    pub(crate) async fn read(
        contract: &Contract,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<((Self, LevelFilter), Vec<Warning>), Problems> {
        let mut reading = Reading::new(&FUNCTION, environment, Vec::new());
        if let Some(mebibytes) = contract.memory_mb() {
            reading.container_memory(mebibytes);
        }
        let log_level = reading.log_level();
        let source = reading.source_url();
        let config = reading.config();
        if config.as_ref().is_some_and(|config| config.lake.local) {
            // Written successfully, and gone with the container.
            reading.lake_is_ephemeral();
        }
        let schema = reading.schema_file();
        if let Some(schema) = &schema
            && !schema.is_remote()
        {
            reading.schema(schema).await;
        }
        let lake = config.as_ref().map(|config| &config.lake);
        let place = source.as_ref().and_then(|source| reading.source_place(source, lake));
        let function =
            (|| Some(Function { config: config?, schema: schema?, source: source?, place: place? }))();
        reading.finish(function.zip(log_level))
    }
}
