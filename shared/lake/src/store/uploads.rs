use crate::error::{LakeError, Result};
use crate::write::writer::Part;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Maximum bytes in flight to the store.
const IN_FLIGHT: u32 = 16 << 20;

/// Maximum concurrent aborts. Each needs a connection, and a function may have 350 open files.
const ABORTS: usize = 16;

/// How long requests that must not be cut off may continue after a stop. The caller has to respond soon. An upload that isn't aborted by
/// then is left for the bucket's lifecycle rule.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// The least that an upload counts against the bytes in flight, which bounds the number of small ones.
const MIN_COUNT: u32 = 1 << 20;

/// Stores objects part by part, several at a time, for a thread that may block.
///
/// An object that is complete before it fills a part is put in one request. A larger one becomes a multipart upload, which is aborted if
/// the run fails. An object appears in the store complete or not at all.
///
/// After a stop, requests in flight are cut off and multipart uploads are aborted: [`send`](Self::send) and [`finish`](Self::finish) fail,
/// and [`abort`](Self::abort) returns soon.
///
/// Memory: one part of every open object, and 16 MiB in flight.
#[derive(Debug)]
pub struct Uploads {
    store: Arc<dyn ObjectStore>,
    part_size: usize,
    handle: Handle,
    stop: CancellationToken,
    permits: Arc<Semaphore>,
    open: HashMap<Path, OpenObject>,
    tasks: JoinSet<()>,
    aborts: Arc<Semaphore>,
    error: Arc<Mutex<Option<LakeError>>>,
}

#[derive(Debug, Default)]
struct OpenObject {
    pending: Vec<u8>,
    parts: Option<mpsc::UnboundedSender<PartMessage>>,
}

#[derive(Debug)]
enum PartMessage {
    Part(Bytes, OwnedSemaphorePermit),
    /// The object is complete. If the channel closes without this message, the upload is aborted.
    End,
}

impl Uploads {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        part_size: usize,
        handle: Handle,
        stop: CancellationToken,
    ) -> Self {
        Uploads {
            store,
            part_size,
            handle,
            stop,
            permits: Arc::new(Semaphore::new(IN_FLIGHT as usize)),
            open: HashMap::new(),
            tasks: JoinSet::new(),
            aborts: Arc::new(Semaphore::new(ABORTS)),
            error: Arc::default(),
        }
    }

    /// Accepts the next bytes of an object. Blocks while too much is in flight, and fails if an earlier upload has failed.
    pub fn send(&mut self, part: Part) -> Result<()> {
        self.check()?;
        while self.tasks.try_join_next().is_some() {}
        let mut object = self.open.remove(&part.key).unwrap_or_default();
        if object.pending.is_empty() {
            object.pending = part.bytes;
        } else {
            object.pending.extend_from_slice(&part.bytes);
        }
        if object.parts.is_none() && part.last {
            return self.put(part.key, object.pending);
        }
        while object.pending.len() >= self.part_size {
            let rest = object.pending.split_off(self.part_size);
            let full = std::mem::replace(&mut object.pending, rest);
            self.put_part(&part.key, &mut object, full)?;
        }
        if !part.last {
            self.open.insert(part.key, object);
            return Ok(());
        }
        if !object.pending.is_empty() {
            let rest = std::mem::take(&mut object.pending);
            self.put_part(&part.key, &mut object, rest)?;
        }
        if let Some(parts) = object.parts {
            // A failed task no longer listens; `check` reports its error.
            let _ = parts.send(PartMessage::End);
        }
        Ok(())
    }

    /// Waits until everything sent has been stored.
    pub fn finish(mut self) -> Result<()> {
        debug_assert!(self.open.is_empty());
        self.join();
        self.check()
    }

    /// Abandons the run, and waits until everything in flight is stored or aborted.
    pub fn abort(mut self) {
        self.open.clear();
        self.join();
    }

    fn join(&mut self) {
        let tasks = &mut self.tasks;
        self.handle.block_on(async { while tasks.join_next().await.is_some() {} });
    }

    fn put(&mut self, key: Path, bytes: Vec<u8>) -> Result<()> {
        let permit = self.permit(bytes.len())?;
        let (store, error, stop) = (Arc::clone(&self.store), Arc::clone(&self.error), self.stop.clone());
        let put = async move {
            match stop.run_until_cancelled(store.put(&key, bytes.into())).await {
                Some(Ok(_)) => {}
                Some(Err(source)) => keep(&error, LakeError::write(&key, source)),
                None => keep(&error, LakeError::Stopped),
            }
            drop(permit);
        };
        self.tasks.spawn_on(put.in_current_span(), &self.handle);
        Ok(())
    }

    fn put_part(&mut self, key: &Path, object: &mut OpenObject, bytes: Vec<u8>) -> Result<()> {
        let permit = self.permit(bytes.len())?;
        let parts = object.parts.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel(); // bounded by the permits
            let (store, error, stop) = (Arc::clone(&self.store), Arc::clone(&self.error), self.stop.clone());
            let (key, aborts) = (key.clone(), Arc::clone(&self.aborts));
            let upload = async move {
                if let Err(failed) = put_parts(&*store, &key, receiver, &stop, &aborts).await {
                    keep(&error, failed);
                }
            };
            self.tasks.spawn_on(upload.in_current_span(), &self.handle);
            sender
        });
        // As in `send`, `check` reports the error of a failed task.
        let _ = parts.send(PartMessage::Part(bytes.into(), permit));
        Ok(())
    }

    fn permit(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let count = u32::try_from(bytes).unwrap_or(IN_FLIGHT).clamp(MIN_COUNT, IN_FLIGHT);
        let permit = Arc::clone(&self.permits).acquire_many_owned(count);
        let permit = self.handle.block_on(self.stop.run_until_cancelled(permit)).ok_or(LakeError::Stopped)?;
        Ok(permit.expect("the semaphore is never closed"))
    }

    fn check(&self) -> Result<()> {
        match self.error.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// Keeps the first error, because later ones usually result from it.
fn keep(slot: &Mutex<Option<LakeError>>, error: LakeError) {
    slot.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
}

/// Detaches the tasks, which then notice that their channels are closed and abort their uploads. This covers a thread that panicked.
impl Drop for Uploads {
    fn drop(&mut self) {
        self.tasks.detach_all();
    }
}

async fn put_parts(
    store: &dyn ObjectStore,
    key: &Path,
    mut parts: mpsc::UnboundedReceiver<PartMessage>,
    stop: &CancellationToken,
    aborts: &Semaphore,
) -> Result<()> {
    let failed = |source| LakeError::write(key, source);
    // Not cut off by the stop: an upload whose start isn't confirmed could not be aborted.
    let begun = until_last_moment(stop, store.put_multipart(key)).await;
    let mut upload = begun.ok_or(LakeError::Stopped)?.map_err(failed)?;
    let sent = stop.run_until_cancelled(send_parts(upload.as_mut(), &mut parts)).await;
    if let Some(Ok(true)) = sent {
        return Ok(());
    }
    let aborted = until_last_moment(stop, async {
        let _permit = aborts.acquire().await.expect("the semaphore is never closed");
        upload.abort().await
    });
    let aborted = aborted.await;
    match sent {
        None => Err(LakeError::Stopped),
        // Return the first error; that of a failed abort would only hide it.
        Some(Err(error)) => Err(failed(error)),
        Some(Ok(_)) => aborted.unwrap_or(Ok(())).map_err(failed),
    }
}

/// Runs work that should not be cut off. Returns `None` if it is still running some time after a stop.
async fn until_last_moment<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    let last_moment = async {
        stop.cancelled().await;
        sleep(LAST_MOMENT).await;
    };
    tokio::select! {
        done = work => Some(done),
        () = last_moment => None,
    }
}

/// Sends parts until the end, and returns whether the object was completed.
async fn send_parts(
    upload: &mut dyn MultipartUpload,
    parts: &mut mpsc::UnboundedReceiver<PartMessage>,
) -> object_store::Result<bool> {
    while let Some(message) = parts.recv().await {
        match message {
            PartMessage::Part(bytes, permit) => {
                upload.put_part(bytes.into()).await?;
                drop(permit);
            }
            PartMessage::End => {
                upload.complete().await?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}
