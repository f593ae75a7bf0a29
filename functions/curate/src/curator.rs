use crate::config::Config;
use crate::error::CurateError;
use crate::fetch::fetch;
use crate::gate::Gate;
use crate::pipeline::{Input, Pipeline};
use crate::pool::Pool;
use crate::walk::Source;
use lake::{
    LakeError, LakeWriter, QUARANTINE, Reason, Receipt, Receipts, Run, SourceObject, TableFormat, Uploads,
};
use object_store::path::Path;
use std::sync::Arc;
use std::thread;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

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
    /// A curator with as many threads as there are cores.
    pub fn new(config: Config) -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism()?.get();
        Ok(Curator {
            receipts: Receipts::new(Arc::clone(&config.lake.store)),
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
        let in_quarantine = self.own_quarantine(&source);
        let source = match &in_quarantine {
            Some(key) => Source { url: lake::own_url(key), ..source },
            None => source,
        };
        let url = source.url.clone();
        let lake_error = |source: LakeError| CurateError::Lake { url: url.clone(), source: source.into() };
        let object = SourceObject { url: source.url.clone(), etag: source.etag.clone(), size: source.size };
        let run = Arc::new(Run::new(object, &self.config.schema, &self.config.limits(), PROGRAM));

        if let Some(key) = &in_quarantine {
            if redo {
                return Err(CurateError::RedoOfQuarantine { url });
            }
            match self.receipts.of_quarantine(key).await.map_err(lake_error)? {
                None => return Ok(Outcome::Skipped { reason: NO_RECEIPT }),
                Some(writer) if self.would_judge_alike(&writer) => {
                    return Ok(Outcome::Skipped { reason: SAME_SCHEMA });
                }
                Some(_) => {}
            }
        }
        let mut before = self.receipts.read(&source.url).await.map_err(lake_error)?;
        if let Some(committed) = before {
            // A run that was killed right after its receipt has left something to be removed.
            let committed = self.receipts.settle(committed).await.map_err(lake_error)?;
            if committed.receipt.source.etag == source.etag && !redo {
                let other_schema = committed.receipt.schema.sha256 != run.schema_sha256;
                return Ok(Outcome::Unchanged {
                    other_schema: other_schema && in_quarantine.is_none(),
                    receipt: committed.receipt,
                });
            }
            before = Some(committed);
        }

        let max_line = match in_quarantine {
            Some(_) => quarantined_length(self.config.max_line),
            None => self.config.max_line,
        };
        let (mut receipt, text_bytes) = self.write(source.clone(), Arc::clone(&run), max_line).await?;
        if !source.is_still_there().await? {
            self.receipts.discard(&receipt).await.map_err(lake_error)?;
            return Err(CurateError::Changed { url });
        }
        if let Some(before) = &before {
            receipt.supersedes =
                self.receipts.superseded(&before.receipt, &receipt).await.map_err(lake_error)?;
        }
        let uncommitted = receipt.clone();
        let receipt = match self.receipts.commit(receipt, before.as_ref()).await {
            Ok(receipt) => receipt,
            Err(conflict @ LakeError::Conflict { .. }) => {
                self.receipts.discard(&uncommitted).await.map_err(lake_error)?;
                return Err(lake_error(conflict));
            }
            Err(error) => return Err(lake_error(error)),
        };
        Ok(Outcome::Curated { receipt, text_bytes })
    }

    /// Whether every line that a run has quarantined would be quarantined again: by the same program under the same schema, unless
    /// lines were too long then and the limits are others now.
    fn would_judge_alike(&self, writer: &Receipt) -> bool {
        let now = Run::new(writer.source.clone(), &self.config.schema, &self.config.limits(), PROGRAM);
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
        source: Source,
        run: Arc<Run>,
        max_line: usize,
    ) -> Result<(Receipt, u64), CurateError> {
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
                max_line,
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
