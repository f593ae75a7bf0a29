//! The pipeline that exists from the start, as data: its names, and the functions as they are deployed.

use crate::functions::{ApplicationDefinition, FunctionDefinition};

/// The ledger's pipeline, with the names that the documentation uses: gateway → `ingest` → stream → connector → bucket `bronze` →
/// events → `curate` → bucket `lake`.
///
/// It consists of resources that clients can also create and change over the APIs. Existing resources are kept, except that the
/// rule's condition and action and the connector's rollover settings are updated, and that a connector whose stream was deleted is
/// pointed at the present stream of that name.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The stream's name; one of [`StreamingOptions::streams`](crate::StreamingOptions::streams).
    pub stream: String,
    /// The size, in megabytes after gzip, at which the connector finishes a bronze object.
    pub rollover_megabytes: u64,
    /// The age, in milliseconds since its first message, at which the connector finishes a bronze object.
    pub rollover_milliseconds: u64,
    /// The command line that runs a function when the function's name is appended. If it is empty, the functions are the programs
    /// `curate` and `ingest`, which are looked up as [`Options::programs`](crate::Options::programs) describes.
    pub function_command: Vec<String>,
}

/// The application and its functions.
pub(crate) const APPLICATION: &str = "bronzeworks";
pub(crate) const CURATE: &str = "curate";
pub(crate) const INGEST: &str = "ingest";

/// The buckets.
pub(crate) const BRONZE: &str = "bronze";
pub(crate) const LAKE: &str = "lake";

/// Lines of the same journal stay in order; a line without a journal reference goes to any partition.
const KEY: &str = "pointer:/data/journal_external_reference,pointer:/journal_external_reference,none";

impl Pipeline {
    /// Buckets that must exist.
    pub(crate) fn buckets(&self) -> [String; 2] {
        [BRONZE, LAKE].map(str::to_owned)
    }

    /// The functions as they are deployed, given the stream's OCID and the endpoint under which functions reach it.
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
            .config("LAKE_URL", format!("oci://{LAKE}@{namespace}/journal"));
        let ingest = function(INGEST, 128, 60)
            .config("STREAM_ID", stream_id)
            .config("STREAM_ENDPOINT", endpoint)
            .config("KEY", KEY);
        ApplicationDefinition::new(APPLICATION, vec![curate, ingest])
    }
}
