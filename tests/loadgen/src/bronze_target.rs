use crate::batch::Batch;
use crate::outcome::Outcome;
use crate::target::Target;
use async_trait::async_trait;
use bronze::Record;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::tz::Offset;
use md5::{Digest, Md5};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A folder that bronze objects are written into as the connector writes them: `CONNECTOR/PARTITION/FIRST_LAST.NUMBER.data.gz`, gzip JSON
/// Lines, ended by their size or age. There is no stream, so nothing is throttled.
#[derive(Debug)]
pub struct BronzeTarget {
    folder: PathBuf,
    stream: String,
    rollover: Rollover,
    lanes: Vec<Mutex<Lane>>,
}

/// When an object ends.
#[derive(Debug, Clone, Copy)]
pub struct Rollover {
    /// Bytes after gzip.
    pub bytes: u64,
    /// Age of its first record.
    pub age: Duration,
}

/// A partition.
#[derive(Debug, Default)]
struct Lane {
    next: u64,
    open: Option<Open>,
    line: Vec<u8>,
}

/// An object that takes records, beside where it is going to be.
#[derive(Debug)]
struct Open {
    gzip: GzEncoder<Counted>,
    path: PathBuf,
    since: Instant,
    first: Timestamp,
    last: Timestamp,
}

#[derive(Debug)]
struct Counted {
    file: BufWriter<File>,
    bytes: u64,
}

/// The folder of a connector that there is not.
const CONNECTOR: &str = "ocid1.serviceconnector.oc1.loadgen.aaaaaaaaloadgen";

impl BronzeTarget {
    /// Objects of a stream of this name with so many partitions. The folder is made if there is none.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn new(folder: &Path, stream: &str, partitions: usize, rollover: Rollover) -> io::Result<Self> {
        for partition in 0..partitions {
            fs::create_dir_all(folder.join(CONNECTOR).join(partition.to_string()))?;
        }
        let lanes = (0..partitions).map(|_| Mutex::default()).collect();
        Ok(BronzeTarget { folder: folder.join(CONNECTOR), stream: stream.to_owned(), rollover, lanes })
    }

    /// Records of a key go to one partition; which the service takes is not documented.
    fn partition(&self, key: Option<&[u8]>) -> usize {
        let number = match key {
            Some(key) => {
                Md5::digest(key).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            None => fastrand::u64(..),
        };
        (number % self.lanes.len() as u64) as usize
    }

    fn write(&self, partition: usize, key: Option<&[u8]>, value: &[u8]) -> io::Result<u64> {
        let folder = self.folder.join(partition.to_string());
        let mut lane = self.lanes[partition].lock().unwrap_or_else(PoisonError::into_inner);
        let Lane { next, open, line } = &mut *lane;
        let old = |open: &mut Open| {
            open.since.elapsed() >= self.rollover.age || open.gzip.get_ref().bytes >= self.rollover.bytes
        };
        if let Some(full) = open.take_if(old) {
            full.end(&folder)?;
        }
        let open = match open {
            Some(open) => open,
            None => open.insert(Open::new(&folder)?),
        };
        open.last = Timestamp::now();
        line.clear();
        let record = Record {
            stream: &self.stream,
            partition: &partition.to_string(),
            key,
            value,
            offset: *next as i64,
            timestamp: open.last.as_millisecond(),
        };
        record.append_to(line);
        open.gzip.write_all(line)?;
        *next += 1;
        Ok(*next - 1)
    }
}

#[async_trait]
impl Target for BronzeTarget {
    async fn send(&self, batch: &Batch, places: &[usize]) -> Vec<Outcome> {
        // Compression is work, and other workers wait for answers.
        tokio::task::block_in_place(|| {
            let write = |place: &usize| {
                let partition = self.partition(batch.key(*place));
                match self.write(partition, batch.key(*place), batch.value(*place)) {
                    Ok(offset) => Outcome::Stored { partition: partition.to_string(), offset },
                    Err(error) => Outcome::Failed(format!("partition {partition}: {error}")),
                }
            };
            places.iter().map(write).collect()
        })
    }

    async fn close(&self) -> Result<(), String> {
        for (partition, lane) in self.lanes.iter().enumerate() {
            let open = lane.lock().unwrap_or_else(PoisonError::into_inner).open.take();
            let folder = self.folder.join(partition.to_string());
            open.map_or(Ok(()), |open| open.end(&folder))
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Ok(())
    }
}

impl Open {
    fn new(folder: &Path) -> io::Result<Self> {
        // No reader takes it for an object.
        let path = folder.join(".open");
        let file = Counted { file: BufWriter::new(File::create(&path)?), bytes: 0 };
        let now = Timestamp::now();
        let gzip = GzEncoder::new(file, Compression::default());
        Ok(Open { gzip, path, since: Instant::now(), first: now, last: now })
    }

    fn end(self, folder: &Path) -> io::Result<()> {
        let Open { gzip, path, first, last, .. } = self;
        gzip.finish()?.file.flush()?;
        let stamp = |time: Timestamp| Offset::UTC.to_datetime(time).strftime("%Y%m%dT%H%M%SZ").to_string();
        let name = |number| folder.join(format!("{}_{}.{number}.data.gz", stamp(first), stamp(last)));
        let free = (0..).map(name).find(|name| !name.exists());
        fs::rename(path, free.expect("numbers do not end"))
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
