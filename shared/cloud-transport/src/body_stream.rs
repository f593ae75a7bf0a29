use crate::error::Error;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::Duration;

/// The body of a response, read as it arrives.
#[derive(Debug)]
pub struct BodyStream {
    body: Incoming,
    idle: Duration,
}

impl BodyStream {
    pub(crate) fn new(body: Incoming, idle: Duration) -> Self {
        BodyStream { body, idle }
    }

    /// Returns the next bytes, or `None` at the end. A body that ends before its announced length is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let frame = tokio::time::timeout(self.idle, self.body.frame());
            match frame.await.map_err(|_| Error::Timeout(self.idle))? {
                None => return Ok(None),
                Some(Err(error)) => return Err(Error::Connection(error.into())),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// Reads the whole body. Fails with [`Error::TooLong`] if it has more than `limit` bytes.
    pub async fn whole(mut self, limit: usize) -> Result<Bytes, Error> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        if first.len() > limit {
            return Err(Error::TooLong(limit));
        }
        let mut whole = BytesMut::from(first);
        while let Some(chunk) = self.chunk().await? {
            if whole.len() + chunk.len() > limit {
                return Err(Error::TooLong(limit));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}
