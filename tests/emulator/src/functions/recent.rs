//! The latest invocations and their results, for the status page and the control API.

use std::time::Instant;

use serde::Serialize;

use crate::clock;
use crate::recent::Recent;

/// A finished invocation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentInvocation {
    /// When it started, in RFC 3339.
    pub time: String,
    /// The application's name.
    pub application: String,
    /// The function's name.
    pub function: String,
    /// The call ID.
    pub call_id: String,
    /// `sync` or `detached`.
    pub invoke_type: &'static str,
    /// The status that the caller got: 200 means that the function responded, 444 that the caller disconnected.
    pub status: u16,
    /// The API's error code, if it failed.
    pub code: Option<&'static str>,
    /// Duration including the start of a process.
    pub milliseconds: u64,
    /// Whether it started a new process.
    pub cold: bool,
    /// Whether the process was kept for the next invocation; `None` if there was no process.
    pub kept: Option<bool>,
}

/// Number of invocations remembered.
const REMEMBERED: usize = 500;

/// The status for a caller that disconnected: nginx's "client closed request", which also appears in the agent's log.
const CLIENT_GONE: u16 = 444;

/// The latest invocations.
pub(crate) type RecentInvocations = Recent<RecentInvocation, REMEMBERED>;

/// An invocation in progress. Dropping it, for whatever reason, adds it to the list.
#[derive(Debug)]
pub(crate) struct Underway<'a> {
    list: &'a RecentInvocations,
    started: Instant,
    pub(crate) invocation: RecentInvocation,
}

impl RecentInvocations {
    pub(crate) fn begin(
        &self,
        application: &str,
        function: &str,
        call_id: &str,
        invoke_type: &'static str,
    ) -> Underway<'_> {
        Underway {
            list: self,
            started: Instant::now(),
            invocation: RecentInvocation {
                time: clock::rfc3339(clock::milliseconds()),
                application: application.to_owned(),
                function: function.to_owned(),
                call_id: call_id.to_owned(),
                invoke_type,
                status: CLIENT_GONE,
                code: None,
                milliseconds: 0,
                cold: false,
                kept: None,
            },
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.invocation.milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { invocation, .. } = self;
        tracing::info!(
            "{}/{} was invoked: {} {}{} ms, call {}",
            invocation.application,
            invocation.function,
            invocation.status,
            invocation.code.map(|code| format!("{code}, ")).unwrap_or_default(),
            invocation.milliseconds,
            invocation.call_id,
        );
        self.list.add(self.invocation.clone());
    }
}
