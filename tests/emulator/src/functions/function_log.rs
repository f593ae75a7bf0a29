//! The latest output of a function's processes.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Serialize;

use crate::clock;
use crate::lock::lock;

/// A line of a process's output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogLine {
    /// When the line was read, in RFC 3339.
    pub time: String,
    /// The number of the process, counted from 1 across all functions.
    pub process: u64,
    /// The source of the line.
    pub stream: Stream,
    /// The line without its line ending.
    pub text: String,
}

/// The source of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The agent, which reports why a process ended.
    Agent,
}

/// The latest lines of a function; the oldest are dropped.
#[derive(Debug)]
pub(crate) struct FunctionLog {
    function: String,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<LogLine>,
    bytes: usize,
}

/// Maximum number of lines kept for one function, which is more than a person reads.
const LINES: usize = 2_000;
const BYTES: usize = 4 << 20;

impl FunctionLog {
    pub(crate) fn new(function: &str) -> Self {
        Self { function: function.to_owned(), kept: Mutex::default() }
    }

    /// Keeps a line, and logs it with the emulator's own messages.
    pub(crate) fn add(&self, process: u64, stream: Stream, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        tracing::info!(function = self.function, process, "{text}");
        let line = LogLine { time: clock::rfc3339(clock::milliseconds()), process, stream, text };
        let mut kept = lock(&self.kept);
        kept.bytes += line.text.len();
        kept.lines.push_back(line);
        while kept.lines.len() > LINES || kept.bytes > BYTES {
            let Some(oldest) = kept.lines.pop_front() else { break };
            kept.bytes -= oldest.text.len();
        }
    }

    pub(crate) fn lines(&self) -> Vec<LogLine> {
        lock(&self.kept).lines.iter().cloned().collect()
    }
}
