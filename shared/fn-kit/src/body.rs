use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;

/// The body of a call, read as it arrives.
///
/// Read it piece by piece as an [`http_body::Body`] (`http_body_util::BodyExt::frame`), or as a whole with [`Body::bytes`]. Whatever is
/// left unread is discarded after the handler has ended, so that the agent's connection stays usable.
#[derive(Debug)]
pub struct Body {
    source: Source,
    /// How many more bytes may arrive, and the limit.
    left: u64,
    limit: u64,
    /// Channel on which the unread rest is returned.
    back: Option<oneshot::Sender<Incoming>>,
}

#[derive(Debug)]
enum Source {
    Wire(Incoming),
    Whole(Option<Bytes>),
    /// The body has ended or failed.
    Nothing,
}

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is longer than allowed. A retry would not help.
    #[error("the body has more than {limit} bytes")]
    TooLarge {
        /// The maximum length in bytes.
        limit: u64,
    },
    /// The agent closed the connection before the body's end.
    #[error("the body was cut short")]
    CutShort {
        /// hyper's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The bytes received are not valid HTTP.
    #[error("the body could not be read")]
    Broken {
        /// hyper's error.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Body {
    /// Creates a body read from the wire, and the channel on which the unread rest is returned.
    pub(crate) fn wire(incoming: Incoming, limit: u64) -> (Self, oneshot::Receiver<Incoming>) {
        let (back, rest) = oneshot::channel();
        (Body { source: Source::Wire(incoming), left: limit, limit, back: Some(back) }, rest)
    }

    /// Creates a body in memory.
    pub(crate) fn whole(bytes: Bytes, limit: u64) -> Self {
        Body { source: Source::Whole(Some(bytes)), left: limit, limit, back: None }
    }

    /// Reads the whole body, of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Fails with [`BodyError::TooLarge`] as soon as there are more bytes than `limit`, or more than the server allows, and with another
    /// error if the connection fails.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let too_large = BodyError::TooLarge { limit: limit as u64 };
        if self.size_hint().lower() > limit as u64 {
            return Err(too_large);
        }
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(frame) = self.frame().await {
            let Ok(data) = frame?.into_data() else { continue }; // Trailers are ignored.
            if first.len() + all.len() + data.len() > limit {
                return Err(too_large);
            }
            // Most bodies arrive in one piece, which can be returned without a copy.
            if first.is_empty() && all.is_empty() {
                first = data;
                continue;
            }
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }

    fn poll_source(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.source {
            Source::Wire(incoming) => Poll::Ready(
                ready!(Pin::new(incoming).poll_frame(context)).map(|frame| frame.map_err(BodyError::of)),
            ),
            Source::Whole(bytes) => Poll::Ready(
                bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))),
            ),
            Source::Nothing => Poll::Ready(None),
        }
    }

    /// Returns the unread rest through the channel, so that it can be discarded elsewhere.
    fn give_back(&mut self) {
        if let (Source::Wire(incoming), Some(back)) =
            (std::mem::replace(&mut self.source, Source::Nothing), self.back.take())
        {
            // Nothing receives it if the connection is gone.
            let _ = back.send(incoming);
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        // A body whose announced length is too large need not be read.
        if self.source.size_hint().lower() > self.left {
            self.give_back();
            return Poll::Ready(Some(Err(BodyError::TooLarge { limit: self.limit })));
        }
        let frame = ready!(self.poll_source(context));
        match &frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                if length > self.left {
                    self.give_back();
                    return Poll::Ready(Some(Err(BodyError::TooLarge { limit: self.limit })));
                }
                self.left -= length;
            }
            Some(Err(_)) => self.source = Source::Nothing,
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Wire(incoming) => incoming.is_end_stream(),
            Source::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Source::Nothing => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.source.size_hint()
    }
}

impl Source {
    fn size_hint(&self) -> SizeHint {
        match self {
            Source::Wire(incoming) => incoming.size_hint(),
            Source::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Source::Nothing => SizeHint::with_exact(0),
        }
    }
}

impl Default for Body {
    /// Creates an empty body.
    fn default() -> Self {
        Body::from(Bytes::new())
    }
}

impl From<Bytes> for Body {
    /// Creates a body in memory, without a limit.
    fn from(bytes: Bytes) -> Self {
        Body::whole(bytes, u64::MAX)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl BodyError {
    fn of(error: hyper::Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        let mut cut = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
        while let Some(error) = cause {
            let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            use std::io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
            cut |= matches!(kind, Some(UnexpectedEof | ConnectionReset | BrokenPipe));
            cause = error.source();
        }
        let source = error.into();
        if cut { BodyError::CutShort { source } } else { BodyError::Broken { source } }
    }
}
