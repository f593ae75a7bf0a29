use http::HeaderMap;
use std::fmt;

/// What the platform says about tracing: `OCI_TRACING_ENABLED` and `OCI_TRACE_COLLECTOR_URL`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tracing {
    enabled: bool,
    collector_url: Option<String>,
    service_name: String,
}

impl Tracing {
    /// A switch that is neither on nor off is off: tracing is no reason not to start. (fdk-python fails each call then.)
    pub(crate) fn new(
        enabled: Option<&str>,
        collector_url: Option<String>,
        app: Option<&str>,
        function: Option<&str>,
    ) -> Self {
        // What Go's ParseBool takes for true, as fdk-go reads it; fdk-python knows only numbers.
        let enabled = matches!(enabled, Some("1" | "t" | "T" | "true" | "TRUE" | "True"));
        let service_name =
            format!("{}::{}", app.unwrap_or_default(), function.unwrap_or_default()).to_lowercase();
        Tracing { enabled, collector_url, service_name }
    }

    /// Whether the application's traces are switched on.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Where spans go: the Zipkin-style upload address of an APM domain, with its key. This crate sends none.
    pub fn collector_url(&self) -> Option<&str> {
        self.collector_url.as_deref()
    }

    /// `<app>::<function>`, in lower case; the names that the platform did not tell are empty.
    pub fn service_name(&self) -> &str {
        &self.service_name
    }
}

/// The collector's address has its key in it.
impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tracing { enabled, collector_url, service_name } = self;
        f.debug_struct("Tracing")
            .field("enabled", enabled)
            .field("collector_url", &collector_url.as_ref().map(|_| ".."))
            .field("service_name", service_name)
            .finish()
    }
}

/// Where a call stands in a trace: its `x-b3-*` headers (<https://github.com/openzipkin/b3-propagation>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// `x-b3-traceid`; where tracing is on, there always is one.
    pub trace_id: Option<String>,
    /// `x-b3-spanid`: the span in which the platform made the call; where tracing is on, there always is one.
    pub span_id: Option<String>,
    /// `x-b3-parentspanid`.
    pub parent_span_id: Option<String>,
    /// `x-b3-sampled`: whether spans are to be sent. Never where tracing is off; where it is on, unless the header says 0.
    pub sampled: bool,
    /// `x-b3-flags`: `1` is B3's debug flag.
    pub flags: Option<String>,
}

impl Trace {
    pub(crate) fn of(headers: &HeaderMap, tracing: &Tracing) -> Self {
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            // Callers' text, which goes into every line of the log.
            (!value.is_empty() && value.len() <= LONGEST).then(|| value.to_owned())
        };
        let id = |name| text(name).or_else(|| tracing.enabled.then(new_id));
        // Older senders wrote the words.
        let refused = text("x-b3-sampled")
            .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "0" | "false"));
        Trace {
            trace_id: id("x-b3-traceid"),
            span_id: id("x-b3-spanid"),
            parent_span_id: text("x-b3-parentspanid"),
            sampled: tracing.enabled && !refused,
            flags: text("x-b3-flags"),
        }
    }

    /// A new span below this one, for what the function itself does: the id is new, the parent is this one's.
    #[must_use]
    pub fn child(&self) -> Self {
        Trace { parent_span_id: self.span_id.clone(), span_id: Some(new_id()), ..self.clone() }
    }
}

/// A trace id has 32 digits at most; twice that leaves room for other people's ideas of one.
const LONGEST: usize = 64;

/// 64 random bits in hexadecimal, as fdk-python makes them.
fn new_id() -> String {
    format!("{:016x}", fastrand::u64(1..))
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
