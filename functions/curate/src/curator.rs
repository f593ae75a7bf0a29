use crate::config::Config;
use crate::error::CurateError;
use crate::fetch::fetch;
use crate::gate::Gate;
use crate::pipeline::{Input, Pipeline};
use crate::pool::Pool;
use crate::walk::Source;
use lake::{
    Committed, LakeError, LakeWriter, QUARANTINE, Reason, Receipt, Receipts, Run, SourceObject, TableFormat,
    Uploads,
};
use object_store::path::Path;
use std::future::Future;
use std::sync::Arc;
use std::thread;
use table::Schema;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// Name and version of the program, as files and receipts have it.
const PROGRAM: &str = concat!("bronzeworks curate ", env!("CARGO_PKG_VERSION"));

/// Why a quarantine object is not driven again.
const NO_RECEIPT: &str = "no receipt names this quarantine object: a killed or replaced run has left it";
const SAME_SCHEMA: &str = "it was quarantined under this very schema: nothing would come of driving it again";

/// Chunks under way besides one for every thread: so that no thread waits for the next.
const SPARE_CHUNKS: usize = 2;

/// Curates objects, several at a time if need be, with the threads and memory they share.
#[derive(Debug, Clone)]
pub struct Curator {
    config: Arc<Config>,
    schema: Arc<Schema>,
    receipts: Receipts,
    gate: Arc<Gate>,
    pool: Arc<Pool>,
    threads: usize,
}

/// What became of a source.
#[derive(Debug)]
pub enum Outcome {
    /// It was curated.
    Curated {
        /// The receipt, as it stands in the lake.
        receipt: Receipt,
        /// Bytes of text that were read.
        text_bytes: u64,
    },
    /// It had been before; nothing was written.
    Unchanged {
        /// The receipt, as it stands in the lake.
        receipt: Receipt,
        /// Whether the receipt was written under another schema than the present one, and `redo` could change something.
        other_schema: bool,
    },
    /// It is not for curating.
    Skipped {
        /// Why.
        reason: &'static str,
    },
}

/// How long a line may be in quarantine that was at the limit when it came: base64, and an error with it.
fn quarantined_length(max_line: usize) -> usize {
    const ERROR: usize = 4 << 10;
    max_line / 3 * 4 + ERROR
}

impl Curator {
    /// A curator with as many threads as there are cores, but no more than `most_threads`.
    pub fn new(config: Config, schema: Arc<Schema>, most_threads: usize) -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism()?.get().min(most_threads);
        Ok(Curator {
            receipts: Receipts::new(Arc::clone(&config.lake.store)),
            gate: Gate::new(config.shared_rows),
            pool: Arc::new(Pool::new(threads)?),
            config: Arc::new(config),
            schema,
            threads,
        })
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Curates one object, unless a receipt says that it is done. With `redo`, it is done again even so.
    ///
    /// The receipt is written last. After an error, or a kill, nothing counts that was written before it, and doing
    /// it again writes the same objects. When it is told to stop, it gives up what it has begun, which takes some requests.
    pub(crate) async fn curate(
        &self,
        source: Source,
        redo: bool,
        stop: &CancellationToken,
    ) -> Result<Outcome, CurateError> {
        let url = source.url.clone();
        let Some(key) = self.own_quarantine(&source) else {
            let before = unless_stopped(stop, &url, self.receipt(&url)).await?;
            return self.curate_after(before, source, redo, stop).await;
        };
        let source = Source { url: lake::own_url(&key), ..source };
        if redo {
            return Err(CurateError::RedoOfQuarantine { url: source.url });
        }
        let looked = unless_stopped(stop, &url, self.look_at_quarantine(&key, &source.url)).await?;
        let before = match looked {
            Ok(before) => before,
            Err(reason) => return Ok(Outcome::Skipped { reason }),
        };
        match done(&before, &source) {
            Some(receipt) => Ok(Outcome::Unchanged { receipt: receipt.clone(), other_schema: false }),
            None => self.write_all(before, source, quarantined_length(self.config.max_line), stop).await,
        }
    }

    /// The same for an object outside of this lake, whose receipt was `before` just now.
    pub(crate) async fn curate_after(
        &self,
        before: Option<Committed>,
        source: Source,
        redo: bool,
        stop: &CancellationToken,
    ) -> Result<Outcome, CurateError> {
        match done(&before, &source).filter(|_| !redo) {
            Some(receipt) => {
                let other_schema = receipt.schema.sha256 != self.run(&source).schema_sha256;
                Ok(Outcome::Unchanged { receipt: receipt.clone(), other_schema })
            }
            None => self.write_all(before, source, self.config.max_line, stop).await,
        }
    }

    /// What there is to know before an object of the lake's own quarantine is driven again: its receipt as a source, or why it is not.
    async fn look_at_quarantine(
        &self,
        key: &Path,
        url: &str,
    ) -> Result<Result<Option<Committed>, &'static str>, CurateError> {
        match self.receipts.of_quarantine(key).await.map_err(lake_error(url))? {
            None => Ok(Err(NO_RECEIPT)),
            Some(writer) if self.would_judge_alike(&writer) => Ok(Err(SAME_SCHEMA)),
            Some(_) => Ok(Ok(self.receipt(url).await?)),
        }
    }

    fn run(&self, source: &Source) -> Run {
        let Source { url, etag, size, .. } = source.clone();
        Run::new(SourceObject { url, etag, size }, &self.schema, &self.config.limits(), PROGRAM)
    }

    async fn write_all(
        &self,
        before: Option<Committed>,
        source: Source,
        max_line: usize,
        stop: &CancellationToken,
    ) -> Result<Outcome, CurateError> {
        let (receipt, text_bytes) = self.write(&source, max_line, stop).await?;
        let receipt = unless_stopped(stop, &source.url, self.commit(&source, before, receipt)).await?;
        Ok(Outcome::Curated { receipt, text_bytes })
    }

    /// Commits a receipt, if the source is still what was read.
    async fn commit(
        &self,
        source: &Source,
        before: Option<Committed>,
        mut receipt: Receipt,
    ) -> Result<Receipt, CurateError> {
        let lake_error = lake_error(&source.url);
        // What was read on condition of an ETag is of one piece, and true even if it has a successor by now, whose own run replaces this.
        if !source.has_etag && !source.is_still_there().await? {
            self.receipts.discard(&receipt).await.map_err(lake_error)?;
            return Err(CurateError::Changed { url: source.url.clone() });
        }
        if let Some(before) = &before {
            receipt.supersedes =
                self.receipts.superseded(&before.receipt, &receipt).await.map_err(&lake_error)?;
        }
        let uncommitted = receipt.clone();
        match self.receipts.commit(receipt, before.as_ref()).await {
            Ok(receipt) => Ok(receipt),
            Err(conflict @ LakeError::Conflict { .. }) => {
                self.receipts.discard(&uncommitted).await.map_err(&lake_error)?;
                Err(lake_error(conflict))
            }
            Err(error) => Err(lake_error(error)),
        }
    }

    /// The receipt of the source at `url`, if it has one.
    pub(crate) async fn receipt(&self, url: &str) -> Result<Option<Committed>, CurateError> {
        let lake_error = lake_error(url);
        match self.receipts.read(url).await.map_err(&lake_error)? {
            // A run that was killed right after its receipt has left something to be removed.
            Some(committed) => Ok(Some(self.receipts.settle(committed).await.map_err(lake_error)?)),
            None => Ok(None),
        }
    }

    /// Whether every line that a run has quarantined would be quarantined again: by the same program under the same schema, unless
    /// lines were too long then and the limits are others now.
    fn would_judge_alike(&self, writer: &Receipt) -> bool {
        let now = Run::new(writer.source.clone(), &self.schema, &self.config.limits(), PROGRAM);
        let alike = writer.schema.sha256 == now.schema_sha256 && writer.program == now.program;
        let limits_matter = writer.quarantined.contains_key(Reason::LineTooLong.code());
        alike && (writer.run == now.id || !limits_matter)
    }

    /// The key of a source that is in this lake's own quarantine.
    fn own_quarantine(&self, source: &Source) -> Option<Path> {
        let lake = self.config.lake.root_url();
        let key = Path::from_url_path(source.url.strip_prefix(&lake)?.strip_prefix('/')?).ok()?;
        let in_quarantine = key.parts().next().is_some_and(|first| first.as_ref() == QUARANTINE);
        in_quarantine.then_some(key)
    }

    /// Writes everything but the receipt.
    async fn write(
        &self,
        source: &Source,
        max_line: usize,
        stop: &CancellationToken,
    ) -> Result<(Receipt, u64), CurateError> {
        let (source, run) = (source.clone(), Arc::new(self.run(source)));
        // The threads stop, too, when nobody waits for them any more.
        let stop = stop.child_token();
        let _stop_when_dropped = stop.clone().drop_guard();
        let this = self.clone();
        let url = source.url.clone();
        let handle = Handle::current();
        let ticket = self.gate.enter();
        let (sender, bytes) = mpsc::channel(1);
        let fetching =
            tokio::spawn(fetch(source, run.source.clone(), sender, stop.clone()).in_current_span());
        // What is logged on the way is about this call.
        let span = Span::current();
        let work = move || {
            let _inside = span.enter();
            let config = &this.config;
            let input = Input {
                url: run.source.url.clone(),
                size: run.source.size,
                named_gz: run.source.url.ends_with(".gz"),
                max_line,
                max_ratio: config.max_ratio,
                max_waiting: config.budget.comfort,
                schema: Arc::clone(&this.schema),
                bytes,
                stop: stop.clone(),
            };
            let format = Arc::new(TableFormat::new(Arc::clone(&this.schema), run));
            let writer = LakeWriter::new(format, config.budget);
            let uploads = Uploads::new(Arc::clone(&config.lake.store), config.part_size, handle, stop);
            Pipeline::new(input, &this.pool, this.threads + SPARE_CHUNKS, ticket, writer, uploads).run()
        };
        // A thread of its own: the runtime's blocking threads are few, and writing files needs them meanwhile.
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

/// The receipt that says that a source has been curated as it is.
fn done<'a>(before: &'a Option<Committed>, source: &Source) -> Option<&'a Receipt> {
    let receipt = before.as_ref().map(|committed| &committed.receipt)?;
    (receipt.source.etag == source.etag).then_some(receipt)
}

fn lake_error(url: &str) -> impl Fn(LakeError) -> CurateError {
    move |source| CurateError::Lake { url: url.into(), source: source.into() }
}

/// Does what can be cut off anywhere: what is left undone, the next run does.
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
