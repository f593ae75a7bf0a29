//! What an emulator is started with.

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

/// How an emulator is to be. The default listens on a free port of 127.0.0.1 and keeps everything in memory.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How long a connection to the services may be without a whole head of a request: it is closed then. So are those that a client keeps
    /// and does not use.
    pub head_timeout: Duration,
    /// The address that API Gateway's deployments are called at; port 0 takes a free one.
    pub gateway_listen: SocketAddr,
    /// The folder that the state outlives the process in; `None` keeps it in memory.
    pub state: Option<PathBuf>,
    /// Empties the state folder first.
    pub fresh: bool,
    /// What faults with a probability are drawn from.
    pub seed: u64,
    /// The faults from the start.
    pub faults: Vec<Rule>,
    /// The Object Storage namespace.
    pub namespace: String,
    /// The region's identifier.
    pub region: String,
    /// Buckets that exist from the start, in the tenancy's root compartment.
    pub buckets: Vec<String>,
    /// How long the first resource principal token is good for, and every instance principal token.
    pub token_lifetime: Duration,
    /// Whether a rotation refuses the old resource principal token at once; if not, it lives until it expires.
    pub refuse_rotated_tokens: bool,
    /// How long CopyObject's work request stays in each state on its way to completion.
    pub copy_delay: Duration,
    /// The Streaming service: its streams and its limits. Connectors' changes take as long as its own.
    pub streaming: StreamingOptions,
    /// Applications and their functions. With none, a state folder's own are deployed again.
    pub functions: Vec<ApplicationDefinition>,
    /// Megabytes of functions that may be at work at once, as the region's limit `total-concurrency-mb`.
    pub concurrency_mb: u64,
    /// The whole loop, laid out at the start.
    pub pipeline: Option<Pipeline>,
    /// The folder of the programs that functions name without a slash; by default, that of the emulator's own program.
    pub programs: Option<PathBuf>,
    /// The Events service: how deliveries are tried again, and how many there are at once.
    pub events: EventsOptions,
    /// API Gateway: its limits, and how long its changes take.
    pub gateway: GatewayOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            // Longer than clients keep one that they mean to use again.
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
    /// All that is wrong with them and can be told without a look at the state.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let word = |name: &str, more: &[u8]| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !word(&self.namespace, b"-_") {
            problems.push(format!(
                "the namespace {:?} is none: it has letters, digits, '-' and '_' only",
                self.namespace
            ));
        }
        let region = word(&self.region, b"-") && !self.region.bytes().any(|byte| byte.is_ascii_uppercase());
        if !region || self.region.starts_with('-') || self.region.ends_with('-') {
            problems.push(format!("the region {:?} is none: it is like eu-frankfurt-1", self.region));
        }
        for bucket in self.buckets.iter().filter(|bucket| !object_storage::good_name(bucket)) {
            problems.push(format!(
                "{bucket:?} is not a bucket's name: it has up to 256 letters, digits, '-', '_' and '.' only"
            ));
        }
        let mut names = BTreeSet::new();
        for stream in &self.streaming.streams {
            if !names.insert(&stream.name) {
                problems.push(format!("the stream {} is given more than once", stream.name));
            }
        }
        problems
            .extend(self.faults.iter().filter_map(|rule| rule.check().err()).map(|error| error.to_string()));
        if self.events.concurrency == 0 {
            problems.push("deliveries of events under way at once must be above 0".to_owned());
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
    fn all_that_is_wrong_is_told_at_once() {
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
        let told = ["\"a/b\"", "\"Mars 1\"", "\"a/b\"", "\"\"", "stream ledger", "above 0"];
        assert_eq!(problems.len(), told.len(), "{problems:?}");
        for (problem, told) in problems.iter().zip(told) {
            assert!(problem.contains(told), "{problem}");
        }
        assert_eq!(Options::default().problems(), [""; 0]);
    }
}
