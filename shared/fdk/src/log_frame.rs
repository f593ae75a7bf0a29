use http::HeaderMap;
use std::io::Write;

/// The line that tells a log collector where a call begins: `FN_LOGFRAME_NAME` and `FN_LOGFRAME_HDR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFrame {
    name: String,
    header: String,
}

impl LogFrame {
    pub(crate) fn new(name: Option<String>, header: Option<String>) -> Option<Self> {
        Some(LogFrame { name: name?, header: header?.to_ascii_lowercase() })
    }

    /// What stands before the `=`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The header whose value stands behind it, in lower case.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The frame of a call with these headers, or `None` where the header is not among them.
    ///
    /// The value is a caller's: control characters are left out of it, so that nobody frames calls that were none.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<String> {
        let value = String::from_utf8_lossy(headers.get(&self.header)?.as_bytes());
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        Some(format!("\n{}={value}\n", self.name))
    }

    /// Prints the frame to stderr and stdout, in one write each.
    pub(crate) fn print(&self, headers: &HeaderMap) {
        let Some(frame) = self.of(headers) else { return };
        // A log that cannot be written to is no reason to fail the call.
        let _ = std::io::stderr().lock().write_all(frame.as_bytes());
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(frame.as_bytes()).and_then(|()| out.flush());
    }
}
