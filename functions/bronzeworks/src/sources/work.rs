use super::finder::find_ahead;
use crate::terminal::Progress;
use curate::{Address, CurateError, Ignored, Job, Search, Source};
use futures::{Stream, StreamExt};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Finds sources and works on several at a time.
#[derive(Debug)]
pub(crate) struct Work {
    search: Search,
    progress: Progress,
    ignored: Arc<Mutex<Ignored>>,
}

impl Work {
    /// Prepares the work.
    pub(crate) fn new(search: Search, progress: Progress) -> Self {
        Work { search, progress, ignored: Arc::default() }
    }

    /// Returns the work on each source at the addresses, in order, to be awaited in buffers of as many as the settings say. Each result comes
    /// with the URL of its source, or with the address that could not be searched.
    pub(crate) fn started<T, F>(
        &self,
        addresses: Vec<Address>,
        work: impl Fn(Source, Job) -> F,
    ) -> impl Stream<Item = impl Future<Output = (String, Result<T, CurateError>)>>
    where
        F: Future<Output = Result<T, CurateError>>,
    {
        let (search, ignored) = (self.search.clone(), Arc::clone(&self.ignored));
        let found = find_ahead(search, addresses, self.progress.clone(), ignored);
        found.map(move |(url, found)| {
            let started = found.map(|source| {
                let (size, consumed) = (source.size(), Arc::new(AtomicU64::new(0)));
                let job = self.job(&consumed);
                (size, consumed, work(source, job))
            });
            async move {
                match started {
                    Ok((size, consumed, work)) => {
                        let result = work.await;
                        self.ended(size, consumed.load(Ordering::Relaxed));
                        (url, result)
                    }
                    Err(error) => (url, Err(error)),
                }
            }
        })
    }

    /// Returns the objects that have been left out because of their names.
    pub(crate) fn ignored(&self) -> Ignored {
        std::mem::take(&mut *self.ignored.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns a job that moves the progress bar, and counts the bytes by which it has.
    fn job(&self, consumed: &Arc<AtomicU64>) -> Job {
        let mut job = Job::default();
        if self.progress.is_visible() {
            let (progress, consumed) = (self.progress.clone(), Arc::clone(consumed));
            job.consumed = Some(Arc::new(move |bytes| {
                consumed.fetch_add(bytes, Ordering::Relaxed);
                progress.done(bytes);
            }));
        }
        job
    }

    /// Moves the progress bar by what a source was found to have in addition. If nothing of it was read, it needed no work.
    fn ended(&self, size: u64, consumed: u64) {
        match consumed {
            0 => self.progress.left_out(size),
            _ => self.progress.done(size.saturating_sub(consumed)),
        }
    }
}
