//! Curates one object, from reading its previous receipt to committing the new one.
//!
//! `fetch` reads the object in ranges, `pipeline` brings its bytes to the lake with the threads of `pool`, and `gate` keeps the rows of all
//! objects within the memory that they share. `reprocess` handles objects of the lake's own quarantine. `checker` does the same work without
//! writing anything.

mod checker;
mod fetch;
mod gate;
mod job;
mod outcome;
mod pipeline;
mod pool;
mod reprocess;

pub use checker::{Checked, Checker};
pub use job::{Consumed, Job};
pub use outcome::Outcome;

use crate::config::Config;
use crate::error::CurateError;
use crate::locations::Source;
use bronze::Compression;
use fetch::fetch;
use gate::Gate;
use lake::{Committed, Lake, LakeError, Receipt, Receipts, Run, SourceObject};
use pipeline::{Object, Pipeline};
use pool::Pool;
use reprocess::{Quarantined, quarantined_length};
use std::future::Future;
use std::sync::Arc;
use std::thread;
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// Name and version of the program, as written to files and receipts.
const PROGRAM: &str = concat!("bronzeworks curate ", env!("CARGO_PKG_VERSION"));

/// Number of chunks in progress in addition to one for each thread, so that no thread waits for the next chunk.
const SPARE_CHUNKS: usize = 2;

/// Curates objects, optionally several concurrently, which share threads and memory.
#[derive(Debug, Clone)]
pub struct Curator {
    config: Arc<Config>,
    lake: Lake,
    /// The lake after it has recorded the table, which comes before anything else is written.
    recorded: Arc<OnceCell<Lake>>,
    receipts: Receipts,
    gate: Arc<Gate>,
    pool: Arc<Pool>,
    threads: usize,
}

impl Curator {
    /// Creates a curator with as many threads as there are cores, but at most `max_threads`.
    pub fn new(config: Config, lake: Lake, max_threads: usize) -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism()?.get().min(max_threads);
        Ok(Curator {
            receipts: lake.receipts(),
            lake,
            recorded: Arc::default(),
            gate: Gate::new(config.shared_rows),
            pool: Arc::new(Pool::new(threads)?),
            config: Arc::new(config),
            threads,
        })
    }

    /// Returns the settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Curates one object, unless its receipt says that this is already done.
    ///
    /// The receipt is written last. After an error or a kill, nothing written before it counts, and curating the object again writes the
    /// same objects.
    pub async fn curate(&self, source: Source, job: &Job) -> Result<Outcome, CurateError> {
        let stop = &job.stop;
        let url = source.url.clone();
        let Some(key) = self.own_quarantine(&source) else {
            let before = unless_stopped(stop, &url, self.receipt(&url)).await?;
            return self.curate_after(before, source, job).await;
        };
        let own_url = lake::own_url(&key);
        if job.redo {
            return Err(CurateError::RedoOfQuarantine { url: own_url });
        }
        let looked = unless_stopped(stop, &url, self.look_at_quarantine(&key, &own_url)).await?;
        let (version, before) = match looked {
            Ok(Quarantined { sha256, before }) => (sha256, before),
            Err(reason) => return Ok(Outcome::Skipped { reason }),
        };
        let source = Source { url: own_url, version, ..source };
        match done(&before, &source) {
            Some(receipt) => Ok(Outcome::Unchanged { receipt: receipt.clone(), other_schema: false }),
            None => self.write_all(before, source, quarantined_length(self.config.max_line), job).await,
        }
    }

    /// Curates an object outside this lake. `before` is its receipt, which has just been read.
    pub(crate) async fn curate_after(
        &self,
        before: Option<Committed>,
        source: Source,
        job: &Job,
    ) -> Result<Outcome, CurateError> {
        match done(&before, &source).filter(|_| !job.redo) {
            Some(receipt) => {
                let other_schema = receipt.schema.sha256 != self.run(&self.lake, &source)?.schema_sha256;
                Ok(Outcome::Unchanged { receipt: receipt.clone(), other_schema })
            }
            None => self.write_all(before, source, self.config.max_line, job).await,
        }
    }

    /// Returns the lake after it has recorded the table. The first call writes to the lake.
    async fn recorded(&self, url: &str) -> Result<&Lake, CurateError> {
        self.recorded.get_or_try_init(|| self.lake.record()).await.map_err(lake_error(url))
    }

    fn run(&self, lake: &Lake, source: &Source) -> Result<Run, CurateError> {
        let Source { url, version, size, .. } = source.clone();
        let format = self.config.input;
        let input = lake::Input::of(format, &url).map_err(|source| CurateError::Name {
            url: url.clone(),
            format,
            source,
        })?;
        Ok(lake.run(SourceObject { url, etag: version, size }, input, &self.config.limits(), PROGRAM))
    }

    async fn write_all(
        &self,
        before: Option<Committed>,
        source: Source,
        max_line: usize,
        job: &Job,
    ) -> Result<Outcome, CurateError> {
        let (receipt, text_bytes) = self.write(&source, max_line, job).await?;
        let receipt = unless_stopped(&job.stop, &source.url, self.commit(&source, before, receipt)).await?;
        Ok(Outcome::Curated { receipt, text_bytes })
    }

    /// Commits a receipt, if the source is still the version that was read.
    ///
    /// Without a receipt, the files stay. They are not part of the table, and nobody may remove them: a twin of this run writes the same
    /// names, and could commit them between any check and the removal.
    async fn commit(
        &self,
        source: &Source,
        before: Option<Committed>,
        mut receipt: Receipt,
    ) -> Result<Receipt, CurateError> {
        let lake_error = lake_error(&source.url);
        // If every read was conditional on an ETag, one version was read. The result is correct even if there is a newer version, whose own
        // run will replace it.
        if !source.has_etag && !source.is_still_there().await? {
            return Err(CurateError::Changed { url: source.url.clone() });
        }
        if let Some(before) = &before {
            receipt.supersedes =
                self.receipts.superseded(&before.receipt, &receipt).await.map_err(&lake_error)?;
        }
        self.receipts.commit(receipt, before.as_ref()).await.map_err(lake_error)
    }

    /// Returns the receipt of the source at `url`, if there is one.
    pub(crate) async fn receipt(&self, url: &str) -> Result<Option<Committed>, CurateError> {
        let lake_error = lake_error(url);
        match self.receipts.read(url).await.map_err(&lake_error)? {
            // A run that was killed right after writing its receipt may have left outputs to be removed.
            Some(committed) => Ok(Some(self.receipts.settle(committed).await.map_err(lake_error)?)),
            None => Ok(None),
        }
    }

    /// Writes everything except the receipt.
    async fn write(
        &self,
        source: &Source,
        max_line: usize,
        job: &Job,
    ) -> Result<(Receipt, u64), CurateError> {
        // A name that the format cannot read must not create the table.
        self.run(&self.lake, source)?;
        let lake = unless_stopped(&job.stop, &source.url, self.recorded(&source.url)).await?.clone();
        let (source, run) = (source.clone(), Arc::new(self.run(&lake, source)?));
        // The threads also stop if this future is dropped.
        let stop = job.stop.child_token();
        let _stop_when_dropped = stop.clone().drop_guard();
        let (this, consumed) = (self.clone(), job.consumed.clone());
        let url = source.url.clone();
        let handle = Handle::current();
        let ticket = self.gate.enter();
        let (sender, bytes) = mpsc::channel(1);
        let fetching = tokio::spawn(fetch(source, sender, stop.clone()).in_current_span());
        // Log lines of the threads belong to this job's span.
        let span = Span::current();
        let work = move || {
            let _inside = span.enter();
            let config = &this.config;
            let object = Object {
                url: run.source.url.clone(),
                format: run.input.clone(),
                size: run.source.size,
                named: Compression::of_name(&run.source.url),
                max_line,
                max_ratio: config.max_ratio,
                max_waiting: config.max_waiting,
                lake: lake.clone(),
                bytes,
                consumed,
                stop: stop.clone(),
            };
            let writer = lake.writer(run, config.budget, config.max_files);
            let uploads = lake.uploads(config.part_size, handle, stop);
            Pipeline::new(object, &this.pool, this.threads + SPARE_CHUNKS, ticket, writer, uploads).run()
        };
        // Uses a separate thread: the runtime has few blocking threads, and writing files needs them at the same time.
        let (result, worked) = oneshot::channel();
        let name = "curate".to_owned();
        let thread = thread::Builder::new().name(name).spawn(move || result.send(work()).is_ok());
        let worked = match thread {
            Ok(_) => worked.await.map_err(|_| CurateError::Panicked { url }),
            Err(source) => Err(CurateError::NoThread { url, source }),
        };
        fetching.abort();
        worked?
    }
}

/// Returns the receipt if it says that the source has been curated in its current version.
fn done<'a>(before: &'a Option<Committed>, source: &Source) -> Option<&'a Receipt> {
    let receipt = before.as_ref().map(|committed| &committed.receipt)?;
    (receipt.source.etag == source.version).then_some(receipt)
}

fn lake_error(url: &str) -> impl Fn(LakeError) -> CurateError {
    move |source| CurateError::Lake { url: url.into(), source: source.into() }
}

/// Does work that can be cut off anywhere, because the next run completes it.
pub(crate) async fn unless_stopped<T>(
    stop: &CancellationToken,
    url: &str,
    work: impl Future<Output = Result<T, CurateError>>,
) -> Result<T, CurateError> {
    match stop.run_until_cancelled(work).await {
        Some(result) => result,
        None => Err(CurateError::Stopped { url: url.into() }),
    }
}
