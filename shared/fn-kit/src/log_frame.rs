use http::HeaderMap;
use std::io::Write;

/// The line that marks the beginning of a call for a log collector: `FN_LOGFRAME_NAME` and `FN_LOGFRAME_HDR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFrame {
    name: String,
    header: String,
}

impl LogFrame {
    pub(crate) fn new(name: Option<String>, header: Option<String>) -> Option<Self> {
        Some(LogFrame { name: name?, header: header?.to_ascii_lowercase() })
    }

    /// The text before the `=`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The header whose value follows it, in lower case.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The frame of a call with these headers; `None` if the header is missing.
    ///
    /// The value comes from the caller. Control characters are removed, so that nobody can fake frames.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<String> {
        let value = String::from_utf8_lossy(headers.get(&self.header)?.as_bytes());
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        Some(format!("\n{}={value}\n", self.name))
    }

    /// Prints the frame to stderr and stdout, in one write each.
    pub(crate) fn print(&self, headers: &HeaderMap) {
        let Some(frame) = self.of(headers) else { return };
        // The call should not fail because of the log.
        let _ = std::io::stderr().lock().write_all(frame.as_bytes());
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(frame.as_bytes()).and_then(|()| out.flush());
    }
}
