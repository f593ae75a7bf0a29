use crate::config::Config;
use crate::error::CurateError;
use crate::fetch::fetch;
use crate::gate::Gate;
use crate::pipeline::{Input, Pipeline};
use crate::pool::Pool;
use crate::walk::Source;
use lake::{LakeError, LakeWriter, Receipt, Receipts, Run, SourceObject, TableFormat, Uploads};
use std::sync::Arc;
use std::thread;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Name and version of the program, as files and receipts have it.
const PROGRAM: &str = concat!("bronzeworks curate ", env!("CARGO_PKG_VERSION"));

/// Chunks under way besides one for every thread: so that no thread waits for the next.
const SPARE_CHUNKS: usize = 2;

/// Curates objects, several at a time if need be, with the threads and memory they share.
#[derive(Debug, Clone)]
pub struct Curator {
    config: Arc<Config>,
    receipts: Receipts,
    gate: Arc<Gate>,
    pool: Arc<Pool>,
    threads: usize,
}

/// What became of a source.
#[derive(Debug)]
pub struct Outcome {
    /// Whether there was something to do.
    pub status: Status,
    /// The receipt, as it stands in the lake.
    pub receipt: Receipt,
    /// Bytes of text that were read; 0 when nothing was.
    pub text_bytes: u64,
    /// Whether the receipt was written under another schema than the present one.
    pub other_schema: bool,
}

/// Whether there was something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The object was curated.
    Curated,
    /// It had been before; nothing was written.
    Unchanged,
}

impl Curator {
    /// A curator with as many threads as there are cores.
    pub fn new(config: Config) -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism()?.get();
        Ok(Curator {
            receipts: Receipts::new(Arc::clone(&config.lake.store), config.lake.base.clone()),
            gate: Gate::new(config.shared_rows),
            pool: Arc::new(Pool::new(threads)?),
            config: Arc::new(config),
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
    /// it again writes the same objects.
    pub(crate) async fn curate(&self, source: Source, redo: bool) -> Result<Outcome, CurateError> {
        let url = source.url.clone();
        let lake_error = |source: LakeError| CurateError::Lake { url: url.clone(), source: source.into() };
        let object = SourceObject { url: source.url.clone(), etag: source.etag.clone(), size: source.size };
        let run = Arc::new(Run::new(object, &self.config.schema, &self.config.limits(), PROGRAM));

        let before = self.receipts.read(&source.url).await.map_err(lake_error)?;
        if let Some(before) = &before {
            // A run that was killed right after its receipt has left this to be done.
            self.receipts.remove_superseded(&before.receipt).await.map_err(lake_error)?;
            if before.receipt.source.etag == source.etag && !redo {
                return Ok(Outcome {
                    status: Status::Unchanged,
                    other_schema: before.receipt.schema.sha256 != run.schema_sha256,
                    receipt: before.receipt.clone(),
                    text_bytes: 0,
                });
            }
        }

        let (mut receipt, text_bytes) = self.write(source, Arc::clone(&run)).await?;
        if let Some(before) = &before {
            receipt.supersedes =
                self.receipts.superseded(&before.receipt, &receipt).await.map_err(lake_error)?;
        }
        self.receipts.commit(&receipt, before.as_ref()).await.map_err(lake_error)?;
        self.receipts.remove_superseded(&receipt).await.map_err(lake_error)?;
        Ok(Outcome { status: Status::Curated, receipt, text_bytes, other_schema: false })
    }

    /// Writes everything but the receipt.
    async fn write(&self, source: Source, run: Arc<Run>) -> Result<(Receipt, u64), CurateError> {
        let this = self.clone();
        let url = source.url.clone();
        let handle = Handle::current();
        let ticket = self.gate.enter();
        let (sender, bytes) = mpsc::channel(1);
        let fetching = tokio::spawn(fetch(source, run.source.clone(), sender));
        let work = move || {
            let config = &this.config;
            let input = Input {
                url: run.source.url.clone(),
                named_gz: run.source.url.ends_with(".gz"),
                max_line: config.max_line,
                max_ratio: config.max_ratio,
                max_waiting: config.budget.comfort,
                schema: Arc::clone(&config.schema),
                bytes,
            };
            let format = Arc::new(TableFormat::new(Arc::clone(&config.schema), run));
            let writer = LakeWriter::new(format, config.budget);
            let uploads = Uploads::new(Arc::clone(&config.lake.store), config.part_size, handle);
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
