use http::HeaderMap;
use std::fmt;

/// The platform's settings for tracing: `OCI_TRACING_ENABLED` and `OCI_TRACE_COLLECTOR_URL`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tracing {
    enabled: bool,
    collector_url: Option<String>,
    service_name: String,
}

impl Tracing {
    /// Creates the settings. An invalid switch counts as off, because a function should start nevertheless. (fdk-python then fails every
    /// call.)
    pub(crate) fn new(
        enabled: Option<&str>,
        collector_url: Option<String>,
        app: Option<&str>,
        function: Option<&str>,
    ) -> Self {
        // The values that Go's ParseBool accepts as true, as in fdk-go. fdk-python accepts only numbers.
        let enabled = matches!(enabled, Some("1" | "t" | "T" | "true" | "TRUE" | "True"));
        let service_name =
            format!("{}::{}", app.unwrap_or_default(), function.unwrap_or_default()).to_lowercase();
        Tracing { enabled, collector_url, service_name }
    }

    /// Returns whether tracing is enabled for the application.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Returns where spans go: the Zipkin-style upload address of an APM domain, including its key. This crate sends no spans.
    pub fn collector_url(&self) -> Option<&str> {
        self.collector_url.as_deref()
    }

    /// Returns `<app>::<function>` in lower case. Names that the platform did not set are empty.
    pub fn service_name(&self) -> &str {
        &self.service_name
    }
}

/// Hides the collector's URL, which contains a key.
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

/// The position of a call in a trace, from its `x-b3-*` headers (<https://github.com/openzipkin/b3-propagation>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// The trace's id, from `x-b3-traceid`. Always set if tracing is enabled.
    pub trace_id: Option<String>,
    /// The id of the span in which the platform made the call, from `x-b3-spanid`. Always set if tracing is enabled.
    pub span_id: Option<String>,
    /// The id of that span's parent, from `x-b3-parentspanid`.
    pub parent_span_id: Option<String>,
    /// Whether to send spans, from `x-b3-sampled`. If tracing is enabled, it is true unless the header is `0` or `false`. Otherwise it is
    /// false.
    pub sampled: bool,
    /// The flags, from `x-b3-flags`: `1` is B3's debug flag.
    pub flags: Option<String>,
}

impl Trace {
    pub(crate) fn of(headers: &HeaderMap, tracing: &Tracing) -> Self {
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            // The text comes from the caller and goes into every log line, so its length is limited.
            (!value.is_empty() && value.len() <= MAX_LENGTH).then(|| value.to_owned())
        };
        let id = |name| text(name).or_else(|| tracing.enabled.then(new_id));
        // Older senders write words instead of digits.
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

    /// Returns a new span below this one, for the function's own work.
    #[must_use]
    pub fn child(&self) -> Self {
        Trace { parent_span_id: self.span_id.clone(), span_id: Some(new_id()), ..self.clone() }
    }
}

/// Maximum length of an id. A trace id has at most 32 digits; twice that leaves room for other formats.
const MAX_LENGTH: usize = 64;

/// Returns 64 random bits in hexadecimal, as fdk-python does.
fn new_id() -> String {
    format!("{:016x}", fastrand::u64(1..))
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
