use super::Config;
use super::declarations::{
    CHECKED_LAKE_URL, INPUT, JOBS, LAKE_URL, LOG_LEVEL, MAX_LINE, MAX_RATIO, MEMORY, NAMES, ROW_BUFFER,
    SOURCE_URL, TABLE_SCHEMA,
};
use super::shares::{NotEnough, Shares};
use crate::locations::{Address, Clouds, DryStore, Location, OwnOutput};
use crate::schema_file::SchemaFile;
use object_store::ObjectStore;
use oci_object_store::OciUrl;
use settings::{Problems, Program, Reader, Warning};
use std::ffi::OsString;
use std::sync::Arc;
use table::Schema;
use tracing::level_filters::LevelFilter;

/// Sizes of file parts on a file system and in a cloud. S3 accepts parts from 5 MiB; OCI documents no minimum.
const LOCAL_PART: usize = 1 << 20;
const CLOUD_PART: usize = 5 << 20;

/// Settings that are being read. Problems are collected and reported together.
///
/// Call [`config`](Self::config) last: it tries whether the folder of a local lake can be created, unless a setting is invalid.
pub(super) struct Reading {
    reader: Reader,
    clouds: Clouds,
    max_memory: u64,
    lake_must_last: bool,
}

impl Reading {
    pub(super) fn new(
        program: &'static Program,
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
    ) -> Self {
        let clouds = Clouds::new(&environment);
        let reader = Reader::new(program, environment, options);
        Reading { reader, clouds, max_memory: u64::MAX, lake_must_last: false }
    }

    /// Records problems with arguments that are not settings.
    pub(super) fn invalid_arguments(&mut self, problems: Vec<String>) {
        problems.into_iter().for_each(|problem| self.reader.invalid_argument(problem));
    }

    /// Limits the process to the memory of its container, in MiB, unless `MEMORY` is lower.
    pub(super) fn container_memory(&mut self, mebibytes: u64) {
        // Counted as decimal megabytes. The difference, a twentieth, is for what the kernel counts in addition.
        self.reader.fall_back(&MEMORY, "FN_MEMORY", format!("{mebibytes}MB"));
        self.max_memory = mebibytes.saturating_mul(1_000_000);
    }

    /// Rejects a lake on the file system, which would be lost with the container.
    pub(super) fn lake_must_last(&mut self) {
        self.lake_must_last = true;
    }

    /// Returns the bucket whose events the function handles.
    pub(super) fn source_url(&mut self) -> Option<OciUrl> {
        self.reader.take(&SOURCE_URL)
    }

    pub(super) fn log_level(&mut self) -> Option<LevelFilter> {
        self.reader.take(&LOG_LEVEL)
    }

    pub(super) fn schema_file(&mut self) -> Option<SchemaFile> {
        let name = self.reader.take(&TABLE_SCHEMA)?;
        let found = SchemaFile::find(&name, &self.clouds);
        found.map_err(|problem| self.reader.invalid(&TABLE_SCHEMA, problem)).ok()
    }

    /// Returns the schema that an argument names, or the inner `None` if it is that of the lake's table.
    pub(super) async fn schema_argument(&mut self, name: &str) -> Option<Option<Arc<Schema>>> {
        let read = match SchemaFile::find(name, &self.clouds) {
            Ok(file) => file.read().await.map_err(|error| error.lines()),
            Err(problem) => Err(problem),
        };
        read.map_err(|problem| {
            // Further lines are indented, as below any message.
            let problem = problem.replace('\n', "\n    ");
            self.reader.invalid_argument(format!("schema {name:?}: {problem}"));
        })
        .ok()
    }

    pub(super) async fn schema(&mut self, file: &SchemaFile) -> Option<Option<Arc<Schema>>> {
        file.read().await.map_err(|error| self.reader.invalid(&TABLE_SCHEMA, error.lines())).ok()
    }

    /// Returns the location of the source, which must not be inside the lake.
    pub(super) fn source_location(&mut self, source: &OciUrl, lake: Option<&Location>) -> Option<Location> {
        let problem = match Location::source(&source.clone().into(), &self.clouds) {
            Ok(location) if lake.is_some_and(|lake| OwnOutput::new(&location, Some(lake)).is_in_lake()) => {
                "is LAKE_URL or inside it: the function would curate its own output".into()
            }
            Ok(location) => return Some(location),
            Err(problem) => problem,
        };
        self.reader.invalid(&SOURCE_URL, problem);
        None
    }

    /// Returns the address of the lake.
    pub(super) fn lake_address(&mut self) -> Option<Address> {
        self.reader.take(&LAKE_URL)
    }

    /// Returns the settings for the work on objects. Checks the folder of a local lake, if no setting has been invalid so far.
    pub(super) fn config(&mut self, address: Option<&Address>) -> Option<Config> {
        let local = address.is_some_and(Address::is_local);
        self.config_of(local, |reading| Some((reading.lake(address?)?, address?.to_string())))
    }

    /// Returns the address of the lake that a check compares the schema with. The inner `None` means that there is no such lake.
    pub(super) fn checked_lake_address(&mut self) -> Option<Option<Address>> {
        self.reader.take(&CHECKED_LAKE_URL)
    }

    /// Returns the settings for a check, with the lake that it compares the schema with, if any. Without one, and before a local lake's
    /// folder exists, the lake is an empty one. Its store is a dry one.
    pub(super) fn checked_config(&mut self, address: Option<&Address>) -> Option<(Config, Arc<DryStore>)> {
        let local = address.is_none_or(Address::is_local);
        let mut config = self.config_of(local, |reading| {
            let name = address.map(Address::to_string).unwrap_or_default();
            let existing = address.filter(|address| address.path().is_none_or(|path| path.exists()));
            let lake = existing.map(|address| Location::lake(address, &reading.clouds));
            let lake = lake.transpose().map_err(|problem| reading.reader.invalid(&CHECKED_LAKE_URL, problem));
            Some((lake.ok()?.unwrap_or_else(Location::nowhere), name))
        })?;
        let store = Arc::new(DryStore::over(Arc::clone(&config.lake.store)));
        config.lake.store = Arc::clone(&store) as Arc<dyn ObjectStore>;
        Some((config, store))
    }

    fn lake(&mut self, address: &Address) -> Option<Location> {
        if address.is_local() && self.lake_must_last {
            let problem = "is in the container's own file system, which is lost with the container; use oci:// or s3://";
            self.reader.invalid(&LAKE_URL, problem.into());
            return None;
        }
        if address.is_local() && !self.reader.is_valid() {
            return None;
        }
        let lake = Location::lake(address, &self.clouds);
        lake.map_err(|problem| self.reader.invalid(&LAKE_URL, problem)).ok()
    }

    /// Returns the settings for a lake that `open` opens, together with its name in messages, after all other settings have been read.
    fn config_of(
        &mut self,
        local: bool,
        open: impl FnOnce(&mut Self) -> Option<(Location, String)>,
    ) -> Option<Config> {
        let input = self.reader.take(&INPUT);
        let names = self.reader.take(&NAMES);
        let memory = self.memory();
        let row_buffer = self.reader.take(&ROW_BUFFER);
        let jobs = self.reader.take(&JOBS);
        let max_line = self.reader.take(&MAX_LINE);
        let max_ratio = self.reader.take(&MAX_RATIO);
        let part_size = if local { LOCAL_PART } else { CLOUD_PART };
        let shares = (|| Some(self.shares(memory?, row_buffer?, max_line?, jobs?, part_size)))().flatten();
        let lake = open(self);
        let ((lake, lake_name), shares) = (lake?, shares?);
        Some(Config {
            lake,
            lake_name,
            input: input?,
            names: names?,
            jobs: shares.jobs,
            max_line: max_line? as usize,
            max_ratio: max_ratio? as u64,
            budget: shares.budget,
            max_waiting: shares.max_waiting,
            max_files: shares.max_files,
            shared_rows: shares.shared_rows,
            part_size,
            clouds: self.clouds.clone(),
        })
    }

    fn shares(
        &mut self,
        memory: u64,
        row_buffer: u64,
        max_line: u64,
        jobs: usize,
        part_size: usize,
    ) -> Option<Shares> {
        let shares = Shares::of(memory, row_buffer, max_line, jobs, part_size);
        let invalid = |NotEnough { needed }| {
            let [row_buffer, max_line, needed] = [row_buffer, max_line, needed].map(megabytes);
            let problem = format!(
                "rows of {row_buffer} (ROW_BUFFER) and lines of up to {max_line} (MAX_LINE) need {needed}; more memory does not change what is written, and other limits do"
            );
            self.reader.invalid(&MEMORY, problem);
        };
        shares.map_err(invalid).ok()
    }

    fn memory(&mut self) -> Option<u64> {
        let memory = self.reader.take(&MEMORY)?;
        if memory > self.max_memory {
            let problem = format!("the function has {} MB (FN_MEMORY)", self.max_memory / 1_000_000);
            self.reader.invalid(&MEMORY, problem);
            return None;
        }
        Some(memory)
    }

    /// Returns `read` with the warnings.
    ///
    /// # Errors
    ///
    /// Reports all problems together, if there are any.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<(T, Vec<Warning>), Problems> {
        self.reader.finish(read)
    }
}

/// Returns a size in megabytes, rounded up.
fn megabytes(bytes: u64) -> String {
    format!("{}MB", bytes.div_ceil(1_000_000))
}
