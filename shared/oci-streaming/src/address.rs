use crate::cursor::{CreateCursorDetails, Cursor, CursorType};
use crate::group::{GroupCursorType, GroupMember};
use crate::put_messages::PutMessages;
use http::{Method, header};
use oci_requests::{Body, Endpoint, Request, encode};

/// A stream's OCID and messages endpoint. It builds the requests about the stream's messages.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    id: String,
    endpoint: Endpoint,
}

impl Address {
    pub(crate) fn new(id: String, endpoint: Endpoint) -> Self {
        Address { id, endpoint }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Creates a request that is sent only once: the service has no token by which it would recognize a repeated request, and would store
    /// the messages twice. The body is not signed, as in Oracle's SDKs.
    pub(crate) fn put_messages(&self, messages: &PutMessages) -> Request {
        self.request("PutMessages", Method::POST, "/messages")
            .header(header::CONTENT_TYPE, "application/json")
            .unsigned_body(Body::from(messages.body().clone()))
            .once()
    }

    pub(crate) fn get_messages(&self, cursor: &Cursor, limit: Option<u32>) -> Request {
        let request = self.request("GetMessages", Method::GET, "/messages").query("cursor", cursor.as_str());
        match limit {
            Some(limit) => request.query("limit", limit.to_string()),
            None => request,
        }
    }

    pub(crate) fn create_cursor(&self, partition: &str, kind: &CursorType) -> Request {
        let request = self.request("CreateCursor", Method::POST, "/cursors");
        request.json(&CreateCursorDetails::new(partition, kind))
    }

    pub(crate) fn create_group_cursor(&self, member: &GroupMember) -> Request {
        self.request("CreateGroupCursor", Method::POST, "/groupCursors").json(&member.details())
    }

    pub(crate) fn consumer_commit(&self, cursor: &Cursor) -> Request {
        self.request("ConsumerCommit", Method::POST, "/commit").query("cursor", cursor.as_str())
    }

    pub(crate) fn consumer_heartbeat(&self, cursor: &Cursor) -> Request {
        self.request("ConsumerHeartbeat", Method::POST, "/heartbeat").query("cursor", cursor.as_str())
    }

    pub(crate) fn get_group(&self, name: &str) -> Request {
        self.request("GetGroup", Method::GET, &format!("/groups/{}", encode(name)))
    }

    pub(crate) fn update_group(&self, name: &str, start: &GroupCursorType) -> Request {
        self.request("UpdateGroup", Method::PUT, &format!("/groups/{}", encode(name))).json(&start.as_start())
    }

    /// Creates a request about the stream. `path` is appended to the stream's own path.
    fn request(&self, operation: &'static str, method: Method, path: &str) -> Request {
        let path = format!("/{}/streams/{}{path}", crate::VERSION, encode(&self.id));
        Request::new(operation, method, &self.endpoint, path)
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
