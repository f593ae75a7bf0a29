use clap::ValueEnum;
use serde::Serialize;
use std::fmt;

/// The client that sends the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Client {
    /// The published client's algorithm at the published client's speed
    Published,
    /// The published client's algorithm at this program's speed
    Unpaced,
    /// ingest as a function, behind the gateway
    Function,
    /// ingest as a service
    Service,
}

impl Client {
    /// All clients, in the order of the report.
    pub(crate) const ALL: [Client; 4] =
        [Client::Published, Client::Unpaced, Client::Function, Client::Service];

    /// Returns the name in the report.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Client::Published => "published client",
            Client::Unpaced => "published algorithm, unpaced",
            Client::Function => "ingest as a function",
            Client::Service => "ingest as a service",
        }
    }

    /// Returns whether the client is a producer behind `ingest`.
    pub(crate) fn is_ingest(self) -> bool {
        matches!(self, Client::Function | Client::Service)
    }

    /// Returns the number of journals per request.
    pub(crate) fn journals(self) -> u32 {
        match self {
            Client::Published | Client::Unpaced => 1,
            // An invocation puts one record of a key at a time, so a few journals would result in many small requests.
            Client::Function => 16,
            // The service combines records of different requests.
            Client::Service => 1,
        }
    }

    /// Returns the minimum number of concurrent requests per partition, which applies if there are fewer workers.
    ///
    /// Each journal goes to one of m partitions by chance, and another follows when it is done. So n concurrent journals keep the
    /// partitions busy for n / (n + m - 1) of the time, and a request with several journals waits for its last one. With 64 or more per
    /// partition, the measurement is about `ingest` and not about chance.
    pub(crate) fn concurrency(self) -> u32 {
        match self {
            Client::Published | Client::Unpaced => 0,
            Client::Function => 8,
            Client::Service => 64,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = ValueEnum::to_possible_value(self);
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
