//! Receives the body of an upload: stores and hashes it, off the threads that serve the network.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use tokio::sync::mpsc;

use super::blob::{Blob, BlobWriter, Blobs};
use super::checksum::{Announced, Checksums, Hasher};
use crate::wire::request::Request;
use crate::wire::service_error::ServiceError;

/// The verified bytes of an upload, which do not belong to an object yet.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) blob: Arc<Blob>,
    pub(crate) checksums: Checksums,
}

/// Maximum size of the body of a single PUT, for an object or a part: 50 GiB.
const UPLOAD_CEILING: u64 = 50 << 30;

/// Maximum size of bodies that are hashed on the thread that receives them: handing them to another thread would cost more.
const INLINE_CEILING: u64 = 256 << 10;

/// Maximum number of pieces, of a few hundred kilobytes each, by which the network may be ahead of the hashing.
const AHEAD: usize = 8;

/// Returns the announced length of an upload, which is required because the service does not accept chunked bodies.
pub(crate) fn announced_length(request: &Request) -> Result<u64, ServiceError> {
    let length = request.content_length().ok_or_else(|| {
        let message = "The Content-Length header is required.";
        ServiceError::new(StatusCode::LENGTH_REQUIRED, "MissingContentLength", message)
    })?;
    if length > UPLOAD_CEILING {
        let message = format!("The Content-Length must be at most {UPLOAD_CEILING}.");
        return Err(ServiceError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message));
    }
    Ok(length)
}

/// Receives the body and checks it against the announced checksums.
pub(crate) async fn receive(
    request: &mut Request,
    announced: &Announced,
    blobs: &Arc<Blobs>,
) -> Result<Received, ServiceError> {
    let length = announced_length(request)?;
    let failed = |error: io::Error| ServiceError::internal(&error);
    let intake = Intake { writer: blobs.writer(length).map_err(failed)?, hasher: announced.hasher() };
    let intake = if length <= INLINE_CEILING {
        take_inline(request, intake).await
    } else {
        take_aside(request, intake).await
    };
    let Intake { writer, hasher } = intake.map_err(failed)?;
    let (blob, checksums) = (writer.finish(), hasher.finish());
    if blob.length() != length {
        let message = format!("The body has {} bytes instead of {length}.", blob.length());
        return Err(ServiceError::bad_request("RequestBodyIncomplete", message));
    }
    Ok(Received { blob, checksums: announced.check(checksums)? })
}

/// The destination of the bytes: their storage, and their checksums.
struct Intake {
    writer: BlobWriter,
    hasher: Hasher,
}

impl Intake {
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.writer.write(bytes)
    }
}

async fn take_inline(request: &mut Request, mut intake: Intake) -> io::Result<Intake> {
    while let Some(bytes) = request.upload.next().await {
        intake.take(&bytes?)?;
    }
    Ok(intake)
}

async fn take_aside(request: &mut Request, mut intake: Intake) -> io::Result<Intake> {
    let (sender, mut pieces) = mpsc::channel::<Bytes>(AHEAD);
    let worker = tokio::task::spawn_blocking(move || {
        while let Some(bytes) = pieces.blocking_recv() {
            intake.take(&bytes)?;
        }
        Ok(intake)
    });
    let mut sent = Ok(());
    while let Some(bytes) = request.upload.next().await {
        let Ok(bytes) = bytes.map_err(|error| sent = Err(error)) else { break };
        // The worker stops receiving if it cannot write; its own error tells why.
        if sender.send(bytes).await.is_err() {
            break;
        }
    }
    drop(sender);
    let intake = worker.await.map_err(io::Error::other)?;
    sent.and(intake)
}
