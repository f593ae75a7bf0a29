//! A response body that counts toward the budget until its last byte is written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::body_budget::Share;
use super::patient_stream::Serving;
use crate::wire::body::ResponseBody;

/// A response body with its share of the budget, which is returned once the body is sent or abandoned.
#[derive(Debug)]
pub(crate) struct HeldBody {
    body: ResponseBody,
    held: Arc<Held>,
}

/// Bytes in transit. The connection may hold them long after it has read the whole body.
#[derive(Debug)]
pub(crate) struct HeldBytes {
    bytes: Bytes,
    _held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    _share: Share,
    _serving: Serving,
}

impl HeldBody {
    pub(crate) fn new(body: ResponseBody, share: Share, serving: Serving) -> Self {
        Self { body, held: Arc::new(Held { _share: share, _serving: serving }) }
    }
}

impl Body for HeldBody {
    type Data = HeldBytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<HeldBytes>, io::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let hold = |bytes| HeldBytes { bytes, _held: Arc::clone(&self.held) };
        polled.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(hold))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Buf for HeldBytes {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}
