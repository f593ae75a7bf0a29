//! Determines the operation of a request from its method and path alone.

use http::Method;

use crate::control_plane::operations::operations;
use crate::wire::path;

/// A request to Streaming: its operation, and the resource that it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The OCID in the path, of a stream, a pool or a work request. Empty if the path has none.
    pub(crate) id: String,
    /// The name of the consumer group in the path. Empty if the path has none.
    pub(crate) group: String,
}

operations! {
    ListStreams, CreateStream, GetStream, UpdateStream, DeleteStream, ChangeStreamCompartment,
    ListStreamPools, CreateStreamPool, GetStreamPool, UpdateStreamPool, DeleteStreamPool, ChangeStreamPoolCompartment,
    PutMessages, GetMessages, CreateCursor, CreateGroupCursor, ConsumerCommit, ConsumerHeartbeat, GetGroup, UpdateGroup,
    ListWorkRequests, GetWorkRequest, ListWorkRequestErrors, ListWorkRequestLogs,
}

/// The API version, with which every path begins.
const VERSION: &str = "20180418";

impl Call {
    /// Determines the operation for a method and path; `None` if the emulator does not implement it.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        use Operation::*;
        let parts = path::parts(path, VERSION)?;
        let operation = match (method.as_str(), &parts[..]) {
            ("GET", ["streams"]) => ListStreams,
            ("POST", ["streams"]) => CreateStream,
            ("GET", ["streams", _]) => GetStream,
            ("PUT", ["streams", _]) => UpdateStream,
            ("DELETE", ["streams", _]) => DeleteStream,
            ("POST", ["streams", _, "actions", "changeCompartment"]) => ChangeStreamCompartment,
            ("POST", ["streams", _, "messages"]) => PutMessages,
            ("GET", ["streams", _, "messages"]) => GetMessages,
            ("POST", ["streams", _, "cursors"]) => CreateCursor,
            ("POST", ["streams", _, "groupCursors"]) => CreateGroupCursor,
            ("POST", ["streams", _, "commit"]) => ConsumerCommit,
            ("POST", ["streams", _, "heartbeat"]) => ConsumerHeartbeat,
            ("GET", ["streams", _, "groups", _]) => GetGroup,
            ("PUT", ["streams", _, "groups", _]) => UpdateGroup,
            ("GET", ["streampools"]) => ListStreamPools,
            ("POST", ["streampools"]) => CreateStreamPool,
            ("GET", ["streampools", _]) => GetStreamPool,
            ("PUT", ["streampools", _]) => UpdateStreamPool,
            ("DELETE", ["streampools", _]) => DeleteStreamPool,
            ("POST", ["streampools", _, "actions", "changeCompartment"]) => ChangeStreamPoolCompartment,
            ("GET", ["workRequests"]) => ListWorkRequests,
            ("GET", ["workRequests", _]) => GetWorkRequest,
            ("GET", ["workRequests", _, "errors"]) => ListWorkRequestErrors,
            ("GET", ["workRequests", _, "logs"]) => ListWorkRequestLogs,
            _ => return None,
        };
        let part = |place: usize| parts.get(place).map_or(Some(String::new()), |part| path::decoded(part));
        let group = if parts.get(2) == Some(&"groups") { part(3)? } else { String::new() };
        Some(Self { operation, id: part(1)?, group })
    }

    /// Returns whether the request must sign its body. All requests with a body must, except PutMessages.
    pub(crate) fn signs_content(&self, method: &Method) -> bool {
        self.operation != Operation::PutMessages && matches!(method.as_str(), "POST" | "PUT")
    }

    /// Returns whether the service counts the call toward the limit of its control plane or of cursors, which is five per second.
    pub(crate) fn is_control(&self) -> bool {
        use Operation::*;
        !matches!(self.operation, PutMessages | GetMessages | ConsumerCommit | ConsumerHeartbeat)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Call, Operation};

    #[test]
    fn every_path_of_the_sdk_has_its_operation() {
        for (method, path, operation, id, group) in [
            ("GET", "streams", Operation::ListStreams, "", ""),
            ("POST", "streams/", Operation::CreateStream, "", ""),
            ("PUT", "streams/ocid1.stream", Operation::UpdateStream, "ocid1.stream", ""),
            ("POST", "streams/s/messages", Operation::PutMessages, "s", ""),
            ("GET", "streams/s/messages", Operation::GetMessages, "s", ""),
            ("POST", "streams/s/groupCursors", Operation::CreateGroupCursor, "s", ""),
            ("GET", "streams/s/groups/a%20b", Operation::GetGroup, "s", "a b"),
            ("DELETE", "streampools/p", Operation::DeleteStreamPool, "p", ""),
            ("GET", "workRequests/w/errors", Operation::ListWorkRequestErrors, "w", ""),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let call = Call::new(&method, &format!("/20180418/{path}")).unwrap();
            assert_eq!(
                (call.operation, call.id.as_str(), call.group.as_str()),
                (operation, id, group),
                "{path}"
            );
        }
        for path in [
            "/20180418",
            "/20180418/",
            "/20180418/stream",
            "/20200430/streams",
            "/streams",
            "/20180418/streams/s/x",
        ] {
            assert_eq!(Call::new(&Method::GET, path), None, "{path}");
        }
    }

    #[test]
    fn only_put_messages_leaves_its_body_unsigned() {
        let signs = |method: Method, path: &str| Call::new(&method, path).unwrap().signs_content(&method);
        assert!(!signs(Method::POST, "/20180418/streams/s/messages"));
        assert!(signs(Method::POST, "/20180418/streams/s/commit"));
        assert!(signs(Method::PUT, "/20180418/streams/s/groups/g"));
        assert!(!signs(Method::GET, "/20180418/streams"));
    }
}
