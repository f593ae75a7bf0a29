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
use oci_client::Endpoint;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// A stream's messages: put and got. Cloning shares what was looked up.
#[derive(Debug, Clone)]
pub struct StreamClient {
    connection: Connection,
    stream: Known,
    messages_endpoint: Option<Endpoint>,
    address: Arc<OnceCell<Address>>,
}

/// What is known of a stream; the rest is asked for at the first request.
#[derive(Debug, Clone)]
enum Known {
    Id(String),
    Name(String, Scope),
}

impl StreamClient {
    pub(crate) fn by_id(connection: Connection, id: String) -> Self {
        Self::new(connection, Known::Id(id))
    }

    pub(crate) fn by_name(connection: Connection, name: String, scope: Scope) -> Self {
        Self::new(connection, Known::Name(name, scope))
    }

    fn new(connection: Connection, stream: Known) -> Self {
        StreamClient { connection, stream, messages_endpoint: None, address: Arc::default() }
    }

    /// Where the stream's messages are put and got, in place of what the control plane says. With it, a stream that is known by its OCID
    /// is never looked up, which takes a permission of its own (`stream-inspect`).
    pub fn messages_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.messages_endpoint = Some(endpoint);
        self.address = Arc::default();
        self
    }

    /// The stream's OCID, looked up if it is not known.
    pub async fn id(&self) -> Result<&str, Error> {
        Ok(self.address().await?.id())
    }

    /// Puts messages: one request, sent once (an answer of 401 is followed by another signature, and nothing else by another attempt).
    ///
    /// No answer is waited for after `within`, the look-up at the first request included. A result has an entry for every message, some
    /// of which may have failed: partitions are throttled one by one. What is not the service's clear word about every message is
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
        let answer = self.connection.client().send(&request).await.map_err(PutError::of)?;
        match PutMessagesResult::read(&answer.body, messages.len()) {
            Ok(entries) => Ok(PutMessagesResult { entries, opc_request_id: request_id(&answer) }),
            Err(problem) => Err(PutError::Unknown(not_understood("PutMessages", &answer, problem))),
        }
    }

    /// A cursor for one partition.
    pub async fn create_cursor(&self, partition: &str, kind: &CursorType) -> Result<Cursor, Error> {
        let request = self.address().await?.create_cursor(partition, kind);
        Cursor::of("CreateCursor", &self.connection.client().send(&request).await?)
    }

    /// A cursor for a member of a consumer group, which is given partitions as it reads.
    pub async fn create_group_cursor(&self, member: &GroupMember) -> Result<Cursor, Error> {
        let request = self.address().await?.create_group_cursor(member);
        Cursor::of("CreateGroupCursor", &self.connection.client().send(&request).await?)
    }

    /// Gets what follows at a cursor: up to `limit` messages (1 to [`MAX_GET`](crate::MAX_GET)), or as many as the service gives.
    ///
    /// Tried again as the client's policy says: the same cursor gives the same messages.
    pub async fn get_messages(&self, cursor: &Cursor, limit: Option<u32>) -> Result<Messages, Error> {
        let request = self.address().await?.get_messages(cursor, limit);
        Messages::of(&self.connection.client().send(&request).await?)
    }

    /// Commits the messages that a group's cursor was read up to; gives the cursor to go on with.
    pub async fn consumer_commit(&self, cursor: &Cursor) -> Result<Cursor, Error> {
        let request = self.address().await?.consumer_commit(cursor);
        Cursor::of("ConsumerCommit", &self.connection.client().send(&request).await?)
    }

    /// Keeps the partitions of a group's member for another timeout; gives the cursor to go on with.
    pub async fn consumer_heartbeat(&self, cursor: &Cursor) -> Result<Cursor, Error> {
        let request = self.address().await?.consumer_heartbeat(cursor);
        Cursor::of("ConsumerHeartbeat", &self.connection.client().send(&request).await?)
    }

    /// A consumer group by its name.
    pub async fn get_group(&self, name: &str) -> Result<Group, Error> {
        let request = self.address().await?.get_group(name);
        document("GetGroup", &self.connection.client().send(&request).await?)
    }

    /// Puts a consumer group somewhere else in the stream, whatever its members are at.
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
