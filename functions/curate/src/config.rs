use crate::clouds::{Clouds, misspelt};
use crate::location::Location;
use lake::Budget;
use object_store::ObjectStoreExt;
use settings::{Problems, Setting, Settings, parse};
use std::ffi::OsString;
use std::sync::Arc;
use table::{BUILT_IN, Schema};

/// Every setting: what the function gets as its configuration, and the command line as options.
pub const SETTINGS: &[Setting] = &[
    Setting { name: "LAKE_URL", flag: "--lake", default: None, about: "where the lake is: a path or URL" },
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
        about: "the ceiling for the memory of the whole process, 128MB or more",
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
];

/// Beginnings of variables that are ours: what else begins with them is misspelt.
pub const PREFIXES: &[&str] = &["LAKE_", "TABLE_", "CURATE_", "MAX_LINE", "MAX_RATIO"];

/// The process itself, its threads, connections and the uploads under way.
const BASE: u64 = 48 << 20;

/// What one object takes besides its rows: text on its way, encoders, a part of every open file. Lines of the
/// greatest length come on top.
const PIPELINE: u64 = 16 << 20;

/// Chunks that hold a line of the greatest length at once, as text and decoded.
const LONG_LINES: u64 = 6;

/// The least a process gets by with.
const LEAST_MEMORY: u64 = 128_000_000;

/// Largest schema file.
const MAX_SCHEMA: u64 = 4 << 20;

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
    /// The table's schema.
    pub schema: Arc<Schema>,
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
    /// Reads the settings given by `flags` (option and value), else by `environment`, and the schema they name.
    pub async fn load(
        environment: Vec<(OsString, OsString)>,
        flags: Vec<(&'static str, String)>,
    ) -> Result<Self, Problems> {
        let clouds = Clouds::new(&environment);
        let misspelt = misspelt(&environment);
        let mut settings = Settings::new(SETTINGS, PREFIXES, environment, flags);
        let lake = settings.take("LAKE_URL", |place| Location::lake(place, &clouds));
        let schema_place = settings.take("TABLE_SCHEMA", parse::text);
        let memory = settings.take("MEMORY", memory);
        let jobs = settings.take("JOBS", parse::count);
        let max_line = settings.take("MAX_LINE", max_line);
        let max_ratio = settings.take("MAX_RATIO", parse::count);
        let mut schema = None;
        if let Some(place) = schema_place {
            match load_schema(&place, &clouds).await {
                Ok(loaded) => schema = Some(loaded),
                Err(problem) => settings.wrong("TABLE_SCHEMA", problem),
            }
        }
        let local = lake.as_ref().is_some_and(|lake| lake.local);
        let part_size = if local { LOCAL_PART } else { CLOUD_PART };
        let shares = memory.zip(max_line).zip(jobs).and_then(|((memory, max_line), jobs)| {
            let shares = Shares::of(memory, max_line, jobs, part_size);
            if shares.is_none() {
                let problem = format!("lines of this length do not fit into {memory} bytes of memory");
                settings.wrong("MAX_LINE", problem);
            }
            shares
        });
        let problems = settings.finish().err().into_iter().flat_map(|problems| problems.problems);
        let problems: Vec<_> = problems.chain(misspelt).collect();
        if !problems.is_empty() {
            return Err(Problems { problems });
        }
        let known = "no problem, so everything is there";
        let shares = shares.expect(known);
        Ok(Config {
            lake: lake.expect(known),
            schema: Arc::new(schema.expect(known)),
            jobs: shares.jobs,
            max_line: max_line.expect(known) as usize,
            max_ratio: max_ratio.expect(known) as u64,
            budget: shares.budget,
            shared_rows: shares.shared_rows,
            part_size,
            clouds,
        })
    }

    /// Every setting that has a say in what is written, as text: part of a run's identity.
    pub(crate) fn limits(&self) -> String {
        let Budget { ceiling, comfort, open_file } = self.budget;
        let Config { max_line, max_ratio, .. } = self;
        format!("rows {ceiling} {comfort} {open_file}, line {max_line}, ratio {max_ratio}")
    }
}

fn max_line(value: &str) -> Result<u64, String> {
    let size = parse::size(value)?;
    if size == 0 { Err("no line is that short".into()) } else { Ok(size) }
}

fn memory(value: &str) -> Result<u64, String> {
    let size = parse::size(value)?;
    if size < LEAST_MEMORY { Err("at least 128MB are needed".into()) } else { Ok(size) }
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
        let pipeline = PIPELINE + LONG_LINES * max_line;
        let rows = memory.checked_sub(BASE + pipeline)?;
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

async fn load_schema(place: &str, clouds: &Clouds) -> Result<Schema, String> {
    if let Some(schema) = Schema::built_in(place) {
        return Ok(schema);
    }
    let missing = |problem: String| format!("neither a built-in schema ({BUILT_IN}) nor a file: {problem}");
    let location = Location::source(place, clouds).map_err(missing)?;
    let answer = location.store.get(&location.path).await.map_err(|error| error.to_string())?;
    if answer.meta.size > MAX_SCHEMA {
        return Err(format!("{} bytes are too many for a schema file", answer.meta.size));
    }
    let bytes = answer.bytes().await.map_err(|error| error.to_string())?;
    Schema::parse(&bytes).map_err(|error| error.to_string())
}
