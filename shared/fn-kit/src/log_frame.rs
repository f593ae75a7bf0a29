use http::HeaderMap;
use std::io::Write;

/// The log line that marks the beginning of a call for a log collector, from `FN_LOGFRAME_NAME` and `FN_LOGFRAME_HDR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFrame {
    name: String,
    header: String,
}

impl LogFrame {
    pub(crate) fn new(name: Option<String>, header: Option<String>) -> Option<Self> {
        Some(LogFrame { name: name?, header: header?.to_ascii_lowercase() })
    }

    /// Returns the text before the `=`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name, in lower case, of the header whose value follows the `=`.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Returns the frame of a call with these headers, or `None` if the header is missing.
    ///
    /// The value comes from the caller, so control characters are removed to prevent forged frames.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<String> {
        let value = String::from_utf8_lossy(headers.get(&self.header)?.as_bytes());
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        Some(format!("\n{}={value}\n", self.name))
    }

    /// Prints the frame to stderr and to stdout, with one write each.
    pub(crate) fn print(&self, headers: &HeaderMap) {
        let Some(frame) = self.of(headers) else { return };
        // The call should not fail because of the log.
        let _ = std::io::stderr().lock().write_all(frame.as_bytes());
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(frame.as_bytes()).and_then(|()| out.flush());
    }
}
