use crate::clouds::{Clouds, misspelt};
use crate::location::Location;
use crate::schema_file::SchemaFile;
use crate::walk::Skip;
use lake::Budget;
use oci_client::ConfigError;
use oci_object_store::OciUrl;
use settings::{Problem, Problems, Setting, Settings, parse};
use std::ffi::OsString;
use std::sync::Arc;
use table::Schema;
use tracing::level_filters::LevelFilter;

/// Every setting: what the function gets as its configuration, and the command line as options, unless only one of them has it.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: SOURCE_URL,
        flag: "",
        default: None,
        about: "for the function: the bucket, and the folder if any, whose objects are curated, as oci://bucket@namespace/folder; \
                events of others are skipped",
    },
    Setting {
        name: "LAKE_URL",
        flag: "--lake",
        default: None,
        about: "where the lake is: a path or URL, for the function oci:// or s3://",
    },
    Setting {
        name: "TABLE_SCHEMA",
        flag: "--schema",
        default: Some("gl-journal"),
        about: "the table: the name of a built-in schema, or the path or URL of a schema file",
    },
    Setting {
        name: "MEMORY",
        flag: "--memory",
        default: Some("512MB"),
        about: "the ceiling for the memory of the whole process, 128MB or more; by default, a function's is FN_MEMORY",
    },
    Setting {
        name: "JOBS",
        flag: "--jobs",
        default: Some("2"),
        about: "how many objects to work on at a time; all threads work on one object, too",
    },
    Setting {
        name: "MAX_LINE",
        flag: "--max-line",
        default: Some("4MB"),
        about: "the longest line taken as a record; a stream's message is at most 1 MB, 1.4 MB in base64",
    },
    Setting {
        name: "MAX_RATIO",
        flag: "--max-ratio",
        default: Some("200"),
        about: "how many bytes of text a byte of gzip may give before the object counts as a decompression bomb",
    },
    Setting {
        name: "LOG_LEVEL",
        flag: "",
        default: Some("info"),
        about: "for the function: the least important lines that it logs: error, warn, info, debug, trace, or off for none",
    },
];

const SOURCE_URL: &str = "SOURCE_URL";

/// Beginnings of variables that are ours: what else begins with them is misspelt.
pub const PREFIXES: &[&str] = &["SOURCE_URL", "LAKE_", "TABLE_", "CURATE_", "MAX_LINE", "MAX_RATIO"];

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
    /// Reads the settings of the command line, given by `flags` (option and value), else by `environment`, and the schema they name.
    pub async fn load(
        environment: Vec<(OsString, OsString)>,
        flags: Vec<(&'static str, String)>,
    ) -> Result<(Self, Arc<Schema>), Problems> {
        let mut reading = Reading::new(environment, flags);
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

/// The settings while they are being read; what is missing or wrong is noted, and told at the end.
pub(crate) struct Reading {
    settings: Settings,
    clouds: Clouds,
    misspelt: Vec<Problem>,
    most_memory: u64,
}

impl Reading {
    pub(crate) fn new(environment: Vec<(OsString, OsString)>, flags: Vec<(&'static str, String)>) -> Self {
        let clouds = Clouds::new(&environment);
        let misspelt = misspelt(&environment);
        let settings = Settings::new(SETTINGS, PREFIXES, environment, flags);
        Reading { settings, clouds, misspelt, most_memory: u64::MAX }
    }

    /// Holds the process to the memory that its container has, in MiB, unless `MEMORY` says less.
    pub(crate) fn container_memory(&mut self, mebibytes: u64) {
        // As decimal megabytes: the difference, a twentieth, is for what the kernel counts besides.
        self.settings.fall_back("MEMORY", "FN_MEMORY", format!("{mebibytes}MB"));
        self.most_memory = mebibytes.saturating_mul(1_000_000);
    }

    pub(crate) fn wrong(&mut self, name: &str, problem: &str) {
        self.settings.wrong(name, problem.into());
    }

    /// What the function takes its objects from.
    pub(crate) fn source_url(&mut self) -> Option<OciUrl> {
        self.settings.take(SOURCE_URL, |url| url.parse().map_err(|error: ConfigError| error.to_string()))
    }

    pub(crate) fn log_level(&mut self) -> Option<LevelFilter> {
        const EXPECTED: &str = "expected error, warn, info, debug, trace or off";
        // Numbers are levels to the parser, too: nobody knows which.
        let known = |level: &str| level.parse().ok().filter(|_| !level.starts_with(char::is_numeric));
        self.settings.take("LOG_LEVEL", |level| known(level).ok_or_else(|| EXPECTED.into()))
    }

    pub(crate) fn schema_file(&mut self) -> Option<SchemaFile> {
        let clouds = &self.clouds;
        self.settings.take("TABLE_SCHEMA", |place| SchemaFile::find(place, clouds))
    }

    pub(crate) async fn schema(&mut self, file: &SchemaFile) -> Option<Arc<Schema>> {
        match file.read().await {
            Ok(schema) => Some(schema),
            Err(problem) => {
                self.settings.wrong("TABLE_SCHEMA", problem);
                None
            }
        }
    }

    /// The place that events have to be about. Its objects must not be those that are written because of them.
    pub(crate) fn source_place(&mut self, source: &OciUrl, lake: Option<&Location>) -> Option<Location> {
        match Location::source(&source.to_string(), &self.clouds) {
            Ok(place) if lake.is_some_and(|lake| Skip::new(&place, lake).is_in_lake()) => {
                self.settings
                    .wrong(SOURCE_URL, "is LAKE_URL, or inside of it: it would curate what it writes".into());
                None
            }
            Ok(place) => Some(place),
            Err(problem) => {
                self.settings.wrong(SOURCE_URL, problem);
                None
            }
        }
    }

    pub(crate) fn config(&mut self) -> Option<Config> {
        let settings = &mut self.settings;
        let lake = settings.take("LAKE_URL", |place| Location::lake(place, &self.clouds));
        let most_memory = self.most_memory;
        let memory = settings.take("MEMORY", |value| memory(value, most_memory));
        let jobs = settings.take("JOBS", parse::count);
        let max_line = settings.take("MAX_LINE", max_line);
        let max_ratio = settings.take("MAX_RATIO", parse::count);
        let local = lake.as_ref().is_some_and(|lake| lake.local);
        let part_size = if local { LOCAL_PART } else { CLOUD_PART };
        let (memory, max_line, jobs) = (memory?, max_line?, jobs?);
        let Some(shares) = Shares::of(memory, max_line, jobs, part_size) else {
            let problem = format!("lines of this length do not fit into {memory} bytes of memory");
            settings.wrong("MAX_LINE", problem);
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

    /// What was read, unless there is any problem: then all of them.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Problems> {
        let noted = self.settings.finish().err().into_iter().flat_map(|problems| problems.problems);
        let problems: Vec<_> = noted.chain(self.misspelt).collect();
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(Problems { problems }),
        }
    }
}

fn max_line(value: &str) -> Result<u64, String> {
    let size = parse::size(value)?;
    if size == 0 { Err("no line is that short".into()) } else { Ok(size) }
}

fn memory(value: &str, most: u64) -> Result<u64, String> {
    match parse::size(value)? {
        size if size < LEAST_MEMORY => Err("at least 128MB are needed".into()),
        size if size > most => Err(format!("the function has {} MB, by FN_MEMORY", most / 1_000_000)),
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
