//! The pipeline that is set up at startup, as data: its names, and its functions' configuration.

use std::path::PathBuf;

use crate::functions::{ApplicationDefinition, FunctionDefinition};

/// The ledger's pipeline, with the names that the documentation uses: gateway → `ingest` → stream → connector → bucket `bronze` → events
/// → `curate` → bucket `lake`.
///
/// It consists of resources that clients can also create and change through the APIs. Existing resources are kept, except that the rule's
/// condition and action and the connector's rollover settings are updated, and that a connector whose stream was deleted is pointed at
/// the current stream of that name.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Name of the stream, which is one of [`StreamingOptions::streams`](crate::StreamingOptions::streams).
    pub stream: String,
    /// Compressed size, in megabytes, at which the connector finishes a bronze object.
    pub rollover_megabytes: u64,
    /// Age, in milliseconds since its first message, at which the connector finishes a bronze object.
    pub rollover_milliseconds: u64,
    /// The command line that runs a function when the function's name is appended. If it is empty, the functions are the programs
    /// `curate` and `ingest`, which are searched as [`Options::programs`](crate::Options::programs) describes.
    pub function_command: Vec<String>,
    /// The schema file of a table other than the ledger's. Both functions get it, so `ingest` refuses what `curate` would quarantine. The
    /// lake's folder is named after the file.
    pub schema: Option<PathBuf>,
    /// The location of a record's key, in the syntax of `ingest`'s setting `KEY`; by default, the journal's reference.
    pub key: Option<String>,
}

/// Name of the application and, below, of its functions.
pub(crate) const APPLICATION: &str = "bronzeworks";
pub(crate) const CURATE: &str = "curate";
pub(crate) const INGEST: &str = "ingest";

/// Names of the buckets.
pub(crate) const BRONZE: &str = "bronze";
pub(crate) const LAKE: &str = "lake";

/// The default `KEY`. Records of the same journal stay in order; a record without a journal reference goes to any partition.
const KEY: &str = "pointer:/data/journal_external_reference,pointer:/journal_external_reference,none";

impl Pipeline {
    /// Returns the buckets that must exist.
    pub(crate) fn buckets(&self) -> [String; 2] {
        [BRONZE, LAKE].map(str::to_owned)
    }

    /// Returns the application to deploy, given the stream's OCID and the endpoint at which functions reach it.
    pub(crate) fn application(
        &self,
        namespace: &str,
        stream_id: &str,
        endpoint: &str,
    ) -> ApplicationDefinition {
        let function = |name: &str, memory, timeout| {
            let command = self.function_command.iter().map(String::as_str).chain([name]);
            FunctionDefinition { memory, timeout, ..FunctionDefinition::new(name, command) }
        };
        let curate = function(CURATE, 512, 300)
            .config("SOURCE_URL", format!("oci://{BRONZE}@{namespace}/"))
            .config("LAKE_URL", format!("oci://{LAKE}@{namespace}/{}", self.lake_folder()));
        let ingest = function(INGEST, 128, 60)
            .config("STREAM_ID", stream_id)
            .config("STREAM_ENDPOINT", endpoint)
            .config("KEY", self.key.as_deref().unwrap_or(KEY));
        let functions = [curate, ingest].into_iter().map(|function| match &self.schema {
            Some(schema) => function.config("TABLE_SCHEMA", schema.display().to_string()),
            None => function,
        });
        ApplicationDefinition::new(APPLICATION, functions.collect())
    }

    /// Returns the lake's folder. A lake holds one table, so each schema has a folder of its own.
    fn lake_folder(&self) -> String {
        let name = self.schema.as_deref().and_then(|path| path.file_stem());
        name.map_or("journal".into(), |name| name.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline(schema: Option<&str>, key: Option<&str>) -> Pipeline {
        Pipeline {
            stream: "ledger".into(),
            rollover_megabytes: 1,
            rollover_milliseconds: 1,
            function_command: Vec::new(),
            schema: schema.map(PathBuf::from),
            key: key.map(str::to_owned),
        }
    }

    fn config(pipeline: &Pipeline, function: &str, setting: &str) -> Option<String> {
        let application = pipeline.application("ns", "ocid1.stream.x", "http://127.0.0.1:1");
        let found = application.functions.into_iter().find(|each| each.name == function).unwrap();
        found.config.get(setting).cloned()
    }

    #[test]
    fn a_table_of_its_own_reaches_both_functions_and_has_a_lake_of_its_own() {
        let orders = pipeline(Some("/home/orders.json"), Some("pointer:/order_id"));
        for function in [CURATE, INGEST] {
            assert_eq!(config(&orders, function, "TABLE_SCHEMA").as_deref(), Some("/home/orders.json"));
        }
        assert_eq!(config(&orders, CURATE, "LAKE_URL").as_deref(), Some("oci://lake@ns/orders"));
        assert_eq!(config(&orders, INGEST, "KEY").as_deref(), Some("pointer:/order_id"));
    }

    #[test]
    fn the_table_is_the_ledgers_unless_another_is_given() {
        let ledger = pipeline(None, None);
        assert_eq!(config(&ledger, CURATE, "LAKE_URL").as_deref(), Some("oci://lake@ns/journal"));
        assert_eq!(config(&ledger, INGEST, "TABLE_SCHEMA"), None);
        assert_eq!(config(&ledger, INGEST, "KEY").as_deref(), Some(KEY));
    }
}
