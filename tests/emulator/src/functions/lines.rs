//! Splits the output of a process into lines.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::function_log::{FunctionLog, Stream};

/// Maximum length of a line in bytes: what the agent keeps of an invocation's output. Longer lines are split.
const LINE_CEILING: usize = 1 << 20;

/// Reads the output to its end, and logs every line.
pub(crate) async fn collect(
    mut output: impl AsyncRead + Unpin,
    stream: Stream,
    process: u64,
    log: Arc<FunctionLog>,
) {
    let mut held = Vec::new();
    loop {
        let read = output.read_buf(&mut held).await.unwrap_or(0);
        while let Some(end) = held.iter().position(|&byte| byte == b'\n') {
            let rest = held.split_off(end + 1);
            log.add(process, stream, &held[..end]);
            held = rest;
        }
        if !held.is_empty() && (read == 0 || held.len() >= LINE_CEILING) {
            log.add(process, stream, &held);
            held.clear();
        }
        if read == 0 {
            return;
        }
    }
}
