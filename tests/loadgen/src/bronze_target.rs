use crate::batch::Batch;
use crate::outcome::Outcome;
use crate::target::Target;
use async_trait::async_trait;
use bronze::ConnectorLine;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A folder of bronze objects like the connector's: `CONNECTOR/PARTITION/FIRST_LAST.NUMBER.data.gz`, gzip-compressed JSON Lines, closed
/// at a maximum size or age. There is no stream, so nothing is throttled.
#[derive(Debug)]
pub struct BronzeTarget {
    folder: PathBuf,
    stream: String,
    rollover: Rollover,
    partitions: Vec<Mutex<Partition>>,
}

/// The conditions under which an object is closed.
#[derive(Debug, Clone, Copy)]
pub struct Rollover {
    /// Compressed size in bytes.
    pub bytes: u64,
    /// Time since its first record.
    pub age: Duration,
}

#[derive(Debug, Default)]
struct Partition {
    next: u64,
    open: Option<OpenObject>,
    line: Vec<u8>,
}

/// An object that still accepts records, under a temporary name.
#[derive(Debug)]
struct OpenObject {
    gzip: GzEncoder<Counted>,
    path: PathBuf,
    since: Instant,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

#[derive(Debug)]
struct Counted {
    file: BufWriter<File>,
    bytes: u64,
}

/// The OCID of an imaginary connector, which is the name of the folder.
const CONNECTOR: &str = "ocid1.serviceconnector.oc1.loadgen.aaaaaaaaloadgen";

/// The format of times in the connector's object names.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

impl BronzeTarget {
    /// Creates a target that writes the objects of a stream with this name and number of partitions. Creates the folder if necessary.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be created.
    pub fn new(folder: &Path, stream: &str, partitions: usize, rollover: Rollover) -> io::Result<Self> {
        for partition in 0..partitions {
            fs::create_dir_all(folder.join(CONNECTOR).join(partition.to_string()))?;
        }
        let partitions = (0..partitions).map(|_| Mutex::default()).collect();
        Ok(BronzeTarget { folder: folder.join(CONNECTOR), stream: stream.to_owned(), rollover, partitions })
    }

    /// Returns the partition of a key. How the service chooses it is not documented.
    fn partition(&self, key: Option<&[u8]>) -> usize {
        let number = match key {
            Some(key) => {
                Md5::digest(key).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            None => fastrand::u64(..),
        };
        (number % self.partitions.len() as u64) as usize
    }

    fn write(&self, number: usize, key: Option<&[u8]>, value: &[u8]) -> io::Result<u64> {
        let folder = self.folder.join(number.to_string());
        let mut partition = self.partitions[number].lock().unwrap_or_else(PoisonError::into_inner);
        let Partition { next, open, line } = &mut *partition;
        let full = |open: &mut OpenObject| {
            open.since.elapsed() >= self.rollover.age || open.gzip.get_ref().bytes >= self.rollover.bytes
        };
        if let Some(full) = open.take_if(full) {
            full.close(&folder)?;
        }
        let open = match open {
            Some(open) => open,
            None => open.insert(OpenObject::create(&folder)?),
        };
        open.last = Utc::now();
        line.clear();
        let record = ConnectorLine {
            stream: &self.stream,
            partition: &number.to_string(),
            key,
            value,
            offset: *next as i64,
            timestamp: open.last.timestamp_millis(),
        };
        record.append_to(line);
        open.gzip.write_all(line)?;
        *next += 1;
        Ok(*next - 1)
    }
}

#[async_trait]
impl Target for BronzeTarget {
    async fn send(&self, batch: &Batch, indices: &[usize]) -> Vec<Outcome> {
        // Compression must not block the other tasks on this thread.
        tokio::task::block_in_place(|| {
            let write = |index: &usize| {
                let partition = self.partition(batch.key(*index));
                match self.write(partition, batch.key(*index), batch.value(*index)) {
                    Ok(offset) => Outcome::Stored { partition: partition.to_string(), offset },
                    Err(error) => Outcome::Failed(format!("cannot write to partition {partition}: {error}")),
                }
            };
            indices.iter().map(write).collect()
        })
    }

    async fn close(&self) -> Result<(), String> {
        for (number, partition) in self.partitions.iter().enumerate() {
            let open = partition.lock().unwrap_or_else(PoisonError::into_inner).open.take();
            let folder = self.folder.join(number.to_string());
            open.map_or(Ok(()), |open| open.close(&folder))
                .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
        }
        Ok(())
    }
}

impl OpenObject {
    fn create(folder: &Path) -> io::Result<Self> {
        // No reader mistakes this name for an object.
        let path = folder.join(".open");
        let file = Counted { file: BufWriter::new(File::create(&path)?), bytes: 0 };
        let now = Utc::now();
        let gzip = GzEncoder::new(file, Compression::default());
        Ok(OpenObject { gzip, path, since: Instant::now(), first: now, last: now })
    }

    fn close(self, folder: &Path) -> io::Result<()> {
        let OpenObject { gzip, path, first, last, .. } = self;
        gzip.finish()?.file.flush()?;
        let span = format!("{}_{}", first.format(STAMP), last.format(STAMP));
        let name = |number| folder.join(format!("{span}.{number}.data.gz"));
        let free = (0..).map(name).find(|name| !name.exists());
        fs::rename(path, free.expect("there is always another number"))
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
