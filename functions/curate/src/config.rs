use crate::clouds::{Clouds, OCI_VARIABLES};
use crate::location::{self, Location};
use crate::schema_file::SchemaFile;
use crate::walk::Skip;
use lake::Budget;
use oci_client::ConfigError;
use oci_object_store::OciUrl;
use settings::{Problems, Program, Reader, Setting, Warning, parse};
use std::ffi::OsString;
use std::sync::Arc;
use table::Schema;
use tracing::level_filters::LevelFilter;

/// The bucket whose events the function handles.
const SOURCE_URL: Setting<OciUrl> = Setting::required(
    "SOURCE_URL",
    "URL",
    source_url,
    "Bucket, and folder if any, whose objects the function curates, as oci://bucket@namespace/folder; it skips events of others",
);

/// Where the lake is.
const LAKE_URL: Setting<String> = Setting::required(
    "LAKE_URL",
    "PATH|URL",
    location::check,
    "Where the lake is: a path or a file://, oci:// or s3:// URL; a function needs oci:// or s3://",
)
.option("lake");

/// The table's schema.
const TABLE_SCHEMA: Setting<String> = Setting::new(
    "TABLE_SCHEMA",
    "NAME|PATH|URL",
    "gl-journal",
    parse::text,
    "Schema of the table: the name of a built-in schema, or the path or URL of a schema file",
)
.option("schema");

/// The memory ceiling.
const MEMORY: Setting<u64> = Setting::new(
    "MEMORY",
    "SIZE",
    "512MB",
    memory,
    "Memory ceiling of the whole process, at least 128MB; a function defaults to its own memory, FN_MEMORY",
)
.option("memory")
.group(LIMITS);

/// Objects worked on at a time.
const JOBS: Setting<usize> = Setting::new(
    "JOBS",
    "N",
    "2",
    parse::count,
    "How many objects to work on at a time; a single object uses all threads, too",
)
.option("jobs")
.group(LIMITS);

/// The longest line.
const MAX_LINE: Setting<u64> = Setting::new(
    "MAX_LINE",
    "SIZE",
    "4MB",
    max_line,
    "Longest line taken as a record; a stream's message is at most 1 MB, which is 1.4 MB in base64",
)
.option("max-line")
.group(LIMITS);

/// The maximum ratio of text to gzip.
const MAX_RATIO: Setting<usize> = Setting::new(
    "MAX_RATIO",
    "N",
    "200",
    parse::count,
    "Bytes of text that a byte of gzip may expand to before the object counts as a decompression bomb",
)
.option("max-ratio")
.group(LIMITS);

/// What the function logs.
const LOG_LEVEL: Setting<LevelFilter> = Setting::new(
    "LOG_LEVEL",
    "LEVEL",
    "info",
    log_level,
    "Least severe level that the function logs: error, warn, info, debug, trace or off",
);

/// The heading of options that bound memory and input.
const LIMITS: &str = "Limits";

/// Prefixes that only this program uses.
const PREFIXES: &[&str] = &["BRONZEWORKS_", "CURATE_"];

/// The settings of the function.
pub const FUNCTION: Program = Program {
    name: "curate",
    settings: &[
        SOURCE_URL.declaration(),
        LAKE_URL.declaration(),
        TABLE_SCHEMA.declaration(),
        MEMORY.declaration(),
        JOBS.declaration(),
        MAX_LINE.declaration(),
        MAX_RATIO.declaration(),
        LOG_LEVEL.declaration(),
    ],
    variables: OCI_VARIABLES,
    prefixes: PREFIXES,
};

/// The settings of the command.
pub const COMMAND: Program = Program {
    name: "bronzeworks curate",
    settings: &[
        LAKE_URL.declaration(),
        TABLE_SCHEMA.declaration(),
        MEMORY.declaration(),
        JOBS.declaration(),
        MAX_LINE.declaration(),
        MAX_RATIO.declaration(),
    ],
    variables: OCI_VARIABLES,
    prefixes: PREFIXES,
};

/// The process itself, its threads, connections and the uploads under way.
const BASE: u64 = 48 << 20;

/// What one object takes besides its rows: text on its way, encoders, a part of every open file. Lines of the
/// greatest length come on top.
const PIPELINE: u64 = 16 << 20;

/// Chunks that hold a line of the greatest length at once, as text and decoded.
const LONG_LINES: u64 = 6;

/// The least a process gets by with.
const LEAST_MEMORY: u64 = 128_000_000;

/// Rows beyond this go to their files as soon as they make a good row group. Some 36,000 journal lines: with half as much again
/// the files become 1 % smaller, and the process 10 MB larger.
const COMFORT: usize = 16 << 20;

/// Parts of files, on a file system and in a cloud. S3 takes parts from 5 MiB; OCI documents no minimum.
const LOCAL_PART: usize = 1 << 20;
const CLOUD_PART: usize = 5 << 20;

/// Everything the work depends on, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The lake.
    pub lake: Location,
    /// How many objects to work on at a time.
    pub jobs: usize,
    /// The longest line that is taken as a record, in bytes.
    pub max_line: usize,
    /// The greatest ratio of text to gzip.
    pub max_ratio: u64,
    /// What rows of one object may take.
    pub budget: Budget,
    /// What rows of all other objects may take together.
    pub shared_rows: usize,
    /// Sizes of the parts that files are uploaded in.
    pub part_size: usize,
    /// How to reach the stores of clouds.
    pub(crate) clouds: Clouds,
}

impl Config {
    /// Reads the settings of the command, given by `options` (name and value), else by `environment`, and the schema they name.
    pub async fn load(
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
    ) -> Result<((Self, Arc<Schema>), Vec<Warning>), Problems> {
        let mut reading = Reading::new(&COMMAND, environment, options);
        let config = reading.config();
        let schema = match reading.schema_file() {
            Some(file) => reading.schema(&file).await,
            None => None,
        };
        reading.finish(config.zip(schema))
    }

    /// Every setting that has a say in what is written, as text: part of a run's identity.
    pub(crate) fn limits(&self) -> String {
        let Budget { ceiling, comfort, open_file } = self.budget;
        let Config { max_line, max_ratio, .. } = self;
        format!("rows {ceiling} {comfort} {open_file}, line {max_line}, ratio {max_ratio}")
    }
}

/// The settings while they are being read. Problems are collected and reported together.
pub(crate) struct Reading {
    reader: Reader,
    clouds: Clouds,
    max_memory: u64,
}

impl Reading {
    pub(crate) fn new(
        program: &'static Program,
        environment: Vec<(OsString, OsString)>,
        options: Vec<(&'static str, String)>,
    ) -> Self {
        let clouds = Clouds::new(&environment);
        Reading { reader: Reader::new(program, environment, options), clouds, max_memory: u64::MAX }
    }

    /// Limits the process to the memory of its container, in MiB, unless `MEMORY` says less.
    pub(crate) fn container_memory(&mut self, mebibytes: u64) {
        // As decimal megabytes: the difference, a twentieth, is for what the kernel counts in addition.
        self.reader.fall_back(&MEMORY, "FN_MEMORY", format!("{mebibytes}MB"));
        self.max_memory = mebibytes.saturating_mul(1_000_000);
    }

    /// Rejects a lake on a container's own disk.
    pub(crate) fn lake_is_ephemeral(&mut self) {
        let problem = "is on the container's own file system; it must be oci:// or s3://";
        self.reader.invalid(&LAKE_URL, problem.into());
    }

    /// The bucket whose events the function handles.
    pub(crate) fn source_url(&mut self) -> Option<OciUrl> {
        self.reader.take(&SOURCE_URL)
    }

    pub(crate) fn log_level(&mut self) -> Option<LevelFilter> {
        self.reader.take(&LOG_LEVEL)
    }

    pub(crate) fn schema_file(&mut self) -> Option<SchemaFile> {
        let place = self.reader.take(&TABLE_SCHEMA)?;
        let found = SchemaFile::find(&place, &self.clouds);
        found.map_err(|problem| self.reader.invalid(&TABLE_SCHEMA, problem)).ok()
    }

    pub(crate) async fn schema(&mut self, file: &SchemaFile) -> Option<Arc<Schema>> {
        file.read().await.map_err(|problem| self.reader.invalid(&TABLE_SCHEMA, problem)).ok()
    }

    /// The source, which must not be inside the lake.
    pub(crate) fn source_place(&mut self, source: &OciUrl, lake: Option<&Location>) -> Option<Location> {
        match Location::source(&source.to_string(), &self.clouds) {
            Ok(place) if lake.is_some_and(|lake| Skip::new(&place, lake).is_in_lake()) => {
                let problem = "is LAKE_URL or inside it: the function would curate what it writes";
                self.reader.invalid(&SOURCE_URL, problem.into());
                None
            }
            Ok(place) => Some(place),
            Err(problem) => {
                self.reader.invalid(&SOURCE_URL, problem);
                None
            }
        }
    }

    pub(crate) fn config(&mut self) -> Option<Config> {
        let lake = self.lake();
        let memory = self.memory();
        let jobs = self.reader.take(&JOBS);
        let max_line = self.reader.take(&MAX_LINE);
        let max_ratio = self.reader.take(&MAX_RATIO);
        let local = lake.as_ref().is_some_and(|lake| lake.local);
        let part_size = if local { LOCAL_PART } else { CLOUD_PART };
        let (memory, max_line, jobs) = (memory?, max_line?, jobs?);
        let Some(shares) = Shares::of(memory, max_line, jobs, part_size) else {
            let problem = format!("lines of this length do not fit into {memory} bytes of memory");
            self.reader.invalid(&MAX_LINE, problem);
            return None;
        };
        Some(Config {
            lake: lake?,
            jobs: shares.jobs,
            max_line: max_line as usize,
            max_ratio: max_ratio? as u64,
            budget: shares.budget,
            shared_rows: shares.shared_rows,
            part_size,
            clouds: self.clouds.clone(),
        })
    }

    fn lake(&mut self) -> Option<Location> {
        let place = self.reader.take(&LAKE_URL)?;
        let lake = Location::lake(&place, &self.clouds);
        lake.map_err(|problem| self.reader.invalid(&LAKE_URL, problem)).ok()
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

    /// What was read, unless there is any problem: then all of them.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<(T, Vec<Warning>), Problems> {
        self.reader.finish(read)
    }
}

fn source_url(url: &str) -> Result<OciUrl, String> {
    url.parse().map_err(|error: ConfigError| error.to_string())
}

fn log_level(level: &str) -> Result<LevelFilter, String> {
    // The parser also takes numbers as levels; nobody knows which is which.
    let known = level.parse().ok().filter(|_| !level.starts_with(char::is_numeric));
    known.ok_or_else(|| "expected error, warn, info, debug, trace or off".into())
}

fn max_line(value: &str) -> Result<u64, String> {
    let size = parse::size(value)?;
    if size == 0 { Err("no line is that short".into()) } else { Ok(size) }
}

fn memory(value: &str) -> Result<u64, String> {
    match parse::size(value)? {
        size if size < LEAST_MEMORY => Err("at least 128MB are needed".into()),
        size => Ok(size),
    }
}

/// How the memory is dealt out.
#[derive(Debug)]
struct Shares {
    budget: Budget,
    shared_rows: usize,
    jobs: usize,
}

impl Shares {
    /// One object may hold half of what is left for rows, all others together the other half: so the size of row groups
    /// and the number of files does not depend on how many objects are worked on at a time. With
    /// less memory than `jobs` objects need, fewer are worked on.
    fn of(memory: u64, max_line: u64, jobs: usize, part_size: usize) -> Option<Self> {
        let pipeline = LONG_LINES.checked_mul(max_line)?.checked_add(PIPELINE)?;
        let rows = memory.checked_sub(pipeline)?.checked_sub(BASE)?;
        let ceiling = rows / 2;
        /// Below this nearly every row would become a file.
        const LEAST: u64 = 16 << 20;
        if ceiling < LEAST {
            return None;
        }
        let others = (jobs as u64 - 1).min((rows - ceiling) / 2 / pipeline);
        let shared_rows = (rows - ceiling - others * pipeline) as usize;
        let ceiling = ceiling as usize;
        let budget = Budget { ceiling, comfort: COMFORT.min(ceiling / 2), open_file: part_size };
        Some(Shares { budget, shared_rows, jobs: others as usize + 1 })
    }
}
