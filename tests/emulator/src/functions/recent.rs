//! The last invocations and how they ended: what a person looks at first.

use std::time::Instant;

use serde::Serialize;

use crate::clock;
use crate::recent::Recent;

/// One invocation that is over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentInvocation {
    /// When it began, in RFC 3339.
    pub time: String,
    /// The application's name.
    pub application: String,
    /// The function's name.
    pub function: String,
    /// The call's id.
    pub call_id: String,
    /// `sync` or `detached`.
    pub invoke_type: &'static str,
    /// What the caller got: 200 is an answer of the function's, 444 a caller who went away.
    pub status: u16,
    /// The failure's code in the API.
    pub code: Option<&'static str>,
    /// How long it took, start of a process included.
    pub milliseconds: u64,
    /// Whether a process was started for it.
    pub cold: bool,
    /// Whether the process lives on; `None` when there was no process.
    pub kept: Option<bool>,
}

/// Invocations that are remembered.
const REMEMBERED: usize = 500;

/// nginx's "client closed request", which the agent's log has, too.
const CLIENT_GONE: u16 = 444;

/// The list.
pub(crate) type RecentInvocations = Recent<RecentInvocation, REMEMBERED>;

/// An invocation under way; it is written down when it is dropped, however that comes about.
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
