use crate::address::Address;
use crate::connection::Connection;
use crate::cursor::{Cursor, CursorType};
use crate::document::{document, not_understood, request_id};
use crate::error::Error;
use crate::group::{Group, GroupCursorType, GroupMember};
use crate::message::Messages;
use crate::put_error::PutError;
use crate::put_messages::PutMessages;
use crate::put_result::PutMessagesResult;
use crate::scope::Scope;
use oci_requests::Endpoint;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// Puts and reads the messages of a stream. Clones share what has been looked up.
#[derive(Debug, Clone)]
pub struct StreamClient {
    connection: Connection,
    stream: Known,
    messages_endpoint: Option<Endpoint>,
    address: Arc<OnceCell<Address>>,
}

/// What is known about a stream. The rest is looked up at the first request.
#[derive(Debug, Clone)]
enum Known {
    Id(String),
    Name(String, Scope),
}

impl Connection {
    /// Returns a client for the stream with this OCID. Sends nothing: the messages endpoint is looked up (GetStream) when it is first
    /// needed, unless it is [set](StreamClient::messages_endpoint).
    pub fn stream(&self, id: impl Into<String>) -> StreamClient {
        StreamClient::new(self.clone(), Known::Id(id.into()))
    }

    /// Returns a client for the active stream with this name. Sends nothing: the stream is looked up (ListStreams) when it is first needed.
    pub fn stream_named(&self, name: impl Into<String>, scope: Scope) -> StreamClient {
        StreamClient::new(self.clone(), Known::Name(name.into(), scope))
    }
}

impl StreamClient {
    fn new(connection: Connection, stream: Known) -> Self {
        StreamClient { connection, stream, messages_endpoint: None, address: Arc::default() }
    }

    /// Sets the messages endpoint to use instead of the one that the control plane reports. A stream known by its OCID is then never looked
    /// up, which would need a separate permission (`stream-inspect`).
    #[must_use]
    pub fn messages_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.messages_endpoint = Some(endpoint);
        self.address = Arc::default();
        self
    }

    /// Returns the stream's OCID, which is looked up if it is not known.
    pub async fn id(&self) -> Result<&str, Error> {
        Ok(self.address().await?.id())
    }

    /// Puts messages in one request, which is sent only once. A second attempt, signed again, is made only after a 401.
    ///
    /// `within` limits the time, including the lookup at the first request. The result has an entry for every message. Some of them may
    /// have failed, because partitions are throttled individually. If the outcome of any message is unclear, the error is
    /// [`PutError::Unknown`].
    pub async fn put_messages(
        &self,
        messages: &PutMessages,
        within: Duration,
    ) -> Result<PutMessagesResult, PutError> {
        let begun = Instant::now();
        let address = match tokio::time::timeout(within, self.address()).await {
            Ok(address) => address.map_err(PutError::NotSent)?,
            Err(_) => return Err(PutError::NotSent(Error::LookUp(within))),
        };
        let request = address.put_messages(messages).within(within.saturating_sub(begun.elapsed()));
        let response = self.connection.client().send(&request).await.map_err(PutError::of)?;
        match PutMessagesResult::read(&response.body, messages.len()) {
            Ok(entries) => Ok(PutMessagesResult { entries, opc_request_id: request_id(&response) }),
            Err(problem) => Err(PutError::Unknown(not_understood("PutMessages", &response, problem))),
        }
    }

    /// Creates a cursor for one partition.
    pub async fn create_cursor(&self, partition: &str, kind: &CursorType) -> Result<Cursor, Error> {
        let request = self.address().await?.create_cursor(partition, kind);
        Cursor::of("CreateCursor", &self.connection.client().send(&request).await?)
    }

    /// Creates a cursor for a member of a consumer group, to which partitions are assigned while it reads.
    pub async fn create_group_cursor(&self, member: &GroupMember) -> Result<Cursor, Error> {
        let request = self.address().await?.create_group_cursor(member);
        Cursor::of("CreateGroupCursor", &self.connection.client().send(&request).await?)
    }

    /// Gets the messages at a cursor: up to `limit` (1 to [`MAX_GET`](crate::MAX_GET)), or as many as the service sends.
    ///
    /// Retried according to the client's policy, because the same cursor always returns the same messages.
    pub async fn get_messages(&self, cursor: &Cursor, limit: Option<u32>) -> Result<Messages, Error> {
        let request = self.address().await?.get_messages(cursor, limit);
        Messages::of(&self.connection.client().send(&request).await?)
    }

    /// Commits the messages before a group's cursor, and returns the cursor to continue with.
    pub async fn consumer_commit(&self, cursor: &Cursor) -> Result<Cursor, Error> {
        let request = self.address().await?.consumer_commit(cursor);
        Cursor::of("ConsumerCommit", &self.connection.client().send(&request).await?)
    }

    /// Extends a group member's hold on its partitions by another timeout, and returns the cursor to continue with.
    pub async fn consumer_heartbeat(&self, cursor: &Cursor) -> Result<Cursor, Error> {
        let request = self.address().await?.consumer_heartbeat(cursor);
        Cursor::of("ConsumerHeartbeat", &self.connection.client().send(&request).await?)
    }

    /// Gets the state of a consumer group by the group's name.
    pub async fn get_group(&self, name: &str) -> Result<Group, Error> {
        let request = self.address().await?.get_group(name);
        document("GetGroup", &self.connection.client().send(&request).await?)
    }

    /// Moves a consumer group to another position in the stream, whatever its members are doing.
    pub async fn update_group(&self, name: &str, start: &GroupCursorType) -> Result<(), Error> {
        let request = self.address().await?.update_group(name, start);
        self.connection.client().send(&request).await?;
        Ok(())
    }

    async fn address(&self) -> Result<&Address, Error> {
        self.address.get_or_try_init(|| self.look_up()).await
    }

    async fn look_up(&self) -> Result<Address, Error> {
        let stream = match (&self.stream, &self.messages_endpoint) {
            (Known::Id(id), Some(endpoint)) => return Ok(Address::new(id.clone(), endpoint.clone())),
            (Known::Id(id), None) => self.connection.get_stream(id).await?,
            (Known::Name(name, scope), _) => self.connection.find_stream(name, scope).await?,
        };
        let endpoint = match &self.messages_endpoint {
            Some(endpoint) => endpoint.clone(),
            None => stream.endpoint().map_err(Error::Endpoint)?,
        };
        Ok(Address::new(stream.id, endpoint))
    }
}
