//! The options of an emulator.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::api_gateway::GatewayOptions;
use crate::events::EventsOptions;
use crate::faults::rule::Rule;
use crate::functions::ApplicationDefinition;
use crate::object_storage;
use crate::pipeline::Pipeline;
use crate::streaming::StreamingOptions;

/// The options of an emulator. By default, it listens on a free port of 127.0.0.1 and keeps everything in memory.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address of the services; port 0 picks a free port.
    pub listen: SocketAddr,
    /// How long a connection to the services may go without a complete request head before it is closed. This includes idle connections
    /// that a client keeps open.
    pub head_timeout: Duration,
    /// Address of API Gateway's deployments; port 0 picks a free port.
    pub gateway_listen: SocketAddr,
    /// The folder that keeps the state between runs; `None` keeps the state in memory.
    pub state: Option<PathBuf>,
    /// Whether to empty the state folder first.
    pub fresh: bool,
    /// Seed for faults with a probability.
    pub seed: u64,
    /// The fault rules that apply from the start.
    pub faults: Vec<Rule>,
    /// Object Storage namespace.
    pub namespace: String,
    /// Region identifier.
    pub region: String,
    /// The initial buckets, in the tenancy's root compartment.
    pub buckets: Vec<String>,
    /// Lifetime of the first resource principal token, and of every instance principal token.
    pub token_lifetime: Duration,
    /// Whether a rotation rejects the old resource principal token immediately. Otherwise it remains valid until it expires.
    pub refuse_rotated_tokens: bool,
    /// How long the work request of CopyObject stays in each state before it completes.
    pub copy_delay: Duration,
    /// Options of the Streaming service: its streams and limits. Changes to connectors take as long as changes to streams.
    pub streaming: StreamingOptions,
    /// Applications and their functions. If it is empty, those in the state folder are deployed again.
    pub functions: Vec<ApplicationDefinition>,
    /// Maximum memory, in MB, of all functions that may run at the same time: the region's limit `total-concurrency-mb`.
    pub concurrency_mb: u64,
    /// The pipeline to set up at startup, if any.
    pub pipeline: Option<Pipeline>,
    /// Folder of the programs of functions whose command has no slash. By default, it is the folder of the running program, or the one
    /// above it, because cargo puts tests one folder deeper than programs.
    pub programs: Option<PathBuf>,
    /// Options of the Events service: retries and concurrency of deliveries.
    pub events: EventsOptions,
    /// Options of API Gateway: its limits, and how long its changes take.
    pub gateway: GatewayOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            // Longer than clients keep an idle connection open.
            head_timeout: Duration::from_secs(5 * 60),
            gateway_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state: None,
            fresh: false,
            seed: 1,
            faults: Vec::new(),
            namespace: "bronzeworks".to_owned(),
            region: "eu-frankfurt-1".to_owned(),
            buckets: vec!["bronze".to_owned(), "lake".to_owned()],
            token_lifetime: Duration::from_secs(24 * 3600),
            refuse_rotated_tokens: true,
            copy_delay: Duration::from_millis(20),
            streaming: StreamingOptions::default(),
            functions: Vec::new(),
            // The service's default: 60 GB.
            concurrency_mb: 60 << 10,
            pipeline: None,
            programs: None,
            events: EventsOptions::default(),
            gateway: GatewayOptions::default(),
        }
    }
}

impl Options {
    /// Returns all errors in the options that can be detected without the state.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let word = |name: &str, more: &[u8]| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !word(&self.namespace, b"-_") {
            problems.push(format!(
                "the namespace {:?} is invalid: it may have only letters, digits, '-' and '_'",
                self.namespace
            ));
        }
        let region = word(&self.region, b"-") && !self.region.bytes().any(|byte| byte.is_ascii_uppercase());
        if !region || self.region.starts_with('-') || self.region.ends_with('-') {
            problems.push(format!(
                "the region {:?} is invalid: expected a region identifier, such as eu-frankfurt-1",
                self.region
            ));
        }
        for bucket in self.buckets.iter().filter(|bucket| !object_storage::good_name(bucket)) {
            problems.push(format!(
                "{bucket:?} is not a valid bucket name: it must have 1 to 256 letters, digits, '-', '_' and '.'"
            ));
        }
        let mut names = BTreeSet::new();
        for stream in &self.streaming.streams {
            if !names.insert(&stream.name) {
                problems.push(format!("the stream {} is specified more than once", stream.name));
            }
        }
        problems
            .extend(self.faults.iter().filter_map(|rule| rule.check().err()).map(|error| error.to_string()));
        if self.events.concurrency == 0 {
            problems.push("the number of concurrent event deliveries must be at least 1".to_owned());
        }
        for function in self.pipeline.iter().flat_map(|pipeline| pipeline.application("", "", "").functions) {
            if function.memory > self.concurrency_mb {
                problems.push(format!(
                    "the functions may use {} MB in total, but {} alone needs {} MB",
                    self.concurrency_mb, function.name, function.memory
                ));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::Options;
    use crate::events::EventsOptions;
    use crate::streaming::{StreamSpec, StreamingOptions};

    #[test]
    fn all_problems_are_reported_together() {
        let ledger = |partitions| StreamSpec { name: "ledger".to_owned(), partitions };
        let options = Options {
            namespace: "a/b".to_owned(),
            region: "Mars 1".to_owned(),
            buckets: vec!["good".to_owned(), "a/b".to_owned(), String::new()],
            streaming: StreamingOptions { streams: vec![ledger(1), ledger(2)], ..Default::default() },
            events: EventsOptions { concurrency: 0, ..Default::default() },
            ..Default::default()
        };
        let problems = options.problems();
        let told = ["\"a/b\"", "\"Mars 1\"", "\"a/b\"", "\"\"", "stream ledger", "at least 1"];
        assert_eq!(problems.len(), told.len(), "{problems:?}");
        for (problem, told) in problems.iter().zip(told) {
            assert!(problem.contains(told), "{problem}");
        }
        assert_eq!(Options::default().problems(), [""; 0]);
    }
}
