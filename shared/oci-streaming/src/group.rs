use crate::cursor::Start;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The position at which a new consumer group begins, in every partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupCursorType {
    /// At the first message at or after this time (RFC 3339).
    AtTime(String),
    /// After the last message.
    Latest,
    /// At the oldest message that is still stored.
    TrimHorizon,
}

/// An instance that joins a consumer group, and its settings.
#[derive(Debug, Clone)]
pub struct GroupMember {
    group_name: String,
    start: GroupCursorType,
    instance_name: Option<String>,
    timeout: Option<Duration>,
    commit_on_get: Option<bool>,
}

/// The state of a consumer group: which instance reads which partition, and how far it has read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The stream's OCID.
    pub stream_id: String,
    /// The group's name.
    pub group_name: String,
    /// The state of each partition.
    #[serde(default)]
    pub reservations: Vec<Reservation>,
}

/// The state of one partition in a consumer group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// The partition's name.
    pub partition: String,
    /// The offset of the last committed message, or `None` if nothing has been committed.
    pub committed_offset: Option<u64>,
    /// The name of the instance that reads the partition, if there is one.
    pub reserved_instance: Option<String>,
    /// When the instance loses the partition (RFC 3339) unless it sends a request first.
    pub time_reserved_until: Option<String>,
}

/// The body of CreateGroupCursor.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateGroupCursorDetails<'a> {
    #[serde(flatten)]
    start: Start<'a>,
    group_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_in_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_on_get: Option<bool>,
}

impl GroupMember {
    /// Creates an instance of a group. A new group begins at `start`.
    pub fn new(group_name: impl Into<String>, start: GroupCursorType) -> Self {
        GroupMember {
            group_name: group_name.into(),
            start,
            instance_name: None,
            timeout: None,
            commit_on_get: None,
        }
    }

    /// Sets the instance's name. By default the service generates one.
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.instance_name = Some(name.into());
        self
    }

    /// Sets how long the instance keeps its partitions without sending a request. The service's default is 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets whether each GetMessages commits the messages of the previous one, which is the service's default.
    pub fn commit_on_get(mut self, commit: bool) -> Self {
        self.commit_on_get = Some(commit);
        self
    }

    pub(crate) fn details(&self) -> CreateGroupCursorDetails<'_> {
        CreateGroupCursorDetails {
            start: self.start.as_start(),
            group_name: &self.group_name,
            instance_name: self.instance_name.as_deref(),
            timeout_in_ms: self.timeout.map(|timeout| timeout.as_millis().try_into().unwrap_or(u64::MAX)),
            commit_on_get: self.commit_on_get,
        }
    }
}

impl GroupCursorType {
    /// Returns the position as the service expects it, which is also the whole body of UpdateGroup.
    pub(crate) fn as_start(&self) -> Start<'_> {
        let (kind, time) = match self {
            GroupCursorType::AtTime(time) => ("AT_TIME", Some(time.as_str())),
            GroupCursorType::Latest => ("LATEST", None),
            GroupCursorType::TrimHorizon => ("TRIM_HORIZON", None),
        };
        Start { kind, offset: None, time }
    }
}
