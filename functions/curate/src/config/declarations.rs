//! Declarations of the settings.

use crate::locations::{Address, Names, OCI_VARIABLES};
use crate::schema_file::OF_LAKE;
use bronze::{Format, UnknownFormat};
use oci_object_store::OciUrl;
use oci_requests::ConfigError;
use settings::{Declaration, Program, Setting, parse};
use tracing::level_filters::LevelFilter;

pub(super) const SOURCE_URL: Setting<OciUrl> = Setting::required(
    "SOURCE_URL",
    "URL",
    oci_url,
    "Bucket, or folder in a bucket, whose objects the function curates: oci://bucket@namespace/folder; events for other objects are skipped",
);

pub(super) const LAKE_URL: Setting<Address> = Setting::required(
    "LAKE_URL",
    "PATH|URL",
    str::parse,
    "Location of the lake: a path, or a file://, oci:// or s3:// URL; a function needs oci:// or s3://",
)
.option("lake");

/// The lake of a check, which may be absent.
pub(super) const CHECKED_LAKE_URL: Setting<Option<Address>> = Setting::new(
    "LAKE_URL",
    "PATH|URL",
    NO_LAKE,
    optional_address,
    "Lake whose table the schema is compared with: a path, or a file://, oci:// or s3:// URL; it is only read",
)
.option("lake");

/// The value of [`CHECKED_LAKE_URL`] without a lake.
const NO_LAKE: &str = "none";

pub(super) const TABLE_SCHEMA: Setting<String> = Setting::new(
    "TABLE_SCHEMA",
    "NAME|PATH|URL",
    OF_LAKE,
    parse::text,
    "Schema of the table: the name of a built-in schema, the path or URL of a schema file, or lake for the lake's own, which in a new lake is gl-journal",
)
.option("schema");

pub(super) const INPUT: Setting<Format> = Setting::new(
    "INPUT",
    "FORMAT",
    "connector",
    format,
    "Format of the objects: connector (one envelope per line), json (JSON values without an envelope) or kafka-connect (the same, in objects named topic+partition+offset)",
)
.option("input");

/// The format for those who look at objects before there is a lake.
pub(super) const DETECTED_INPUT: Setting<Option<Format>> = Setting::new(
    "INPUT",
    "FORMAT",
    "detect",
    detected_format,
    "Format of the objects: connector (one envelope per line), json (JSON values without an envelope), kafka-connect (the same, in objects named topic+partition+offset), or detect for that of the first object",
)
.option("input");

pub(super) const NAMES: Setting<Names> = Setting::new(
    "NAMES",
    "PATTERNS",
    "*.gz *.zst *.jsonl *.json *.ndjson",
    str::parse,
    "Names of the objects to read in a folder or bucket, as patterns with * and ?; case does not matter",
)
.option("names");

pub(super) const MEMORY: Setting<u64> = Setting::new(
    "MEMORY",
    "SIZE",
    "512MB",
    memory,
    "Memory limit of the whole process, at least 128MB; more makes it faster and does not change what is written; in a function, the default is the function's memory (FN_MEMORY)",
)
.option("memory")
.group(LIMITS);

pub(super) const ROW_BUFFER: Setting<u64> = Setting::new(
    "ROW_BUFFER",
    "SIZE",
    "40MB",
    row_buffer,
    "Memory for the rows of one object, at least 16MB; it decides where they are cut into files, whatever MEMORY is. More gives fewer, larger files if there are many partitions; changing it renames the files",
)
.option("row-buffer")
.group(LIMITS);

pub(super) const JOBS: Setting<usize> = Setting::new(
    "JOBS",
    "N",
    "2",
    parse::count,
    "Number of objects to curate at a time; even a single object uses all threads",
)
.option("jobs")
.group(LIMITS);

pub(super) const MAX_LINE: Setting<u64> = Setting::new(
    "MAX_LINE",
    "SIZE",
    "4MB",
    max_line,
    "Maximum length of a line; longer lines are quarantined. A stream's message is at most 1 MB, which is 1.4 MB in base64",
)
.option("max-line")
.group(LIMITS);

pub(super) const MAX_RATIO: Setting<usize> = Setting::new(
    "MAX_RATIO",
    "N",
    "200",
    parse::count,
    "Maximum bytes of text per byte of a compressed object; an object with more, and over 64 MiB of text, counts as a decompression bomb",
)
.option("max-ratio")
.group(LIMITS);

pub(super) const LOG_LEVEL: Setting<LevelFilter> = settings::LOG_LEVEL.group("Output");

/// Heading of the options that limit memory and input.
const LIMITS: &str = "Limits";

/// Prefixes that only this program uses.
const PREFIXES: &[&str] = &["BRONZEWORKS_", "CURATE_"];

/// All settings. `SOURCE_URL` comes first, so that the command, which doesn't have it, can use the others as a slice.
const SETTINGS: &[Declaration] = &[
    SOURCE_URL.declaration(),
    LAKE_URL.declaration(),
    TABLE_SCHEMA.declaration(),
    INPUT.declaration(),
    NAMES.declaration(),
    MEMORY.declaration(),
    ROW_BUFFER.declaration(),
    JOBS.declaration(),
    MAX_LINE.declaration(),
    MAX_RATIO.declaration(),
    LOG_LEVEL.declaration(),
];

/// The function and its settings.
pub const FUNCTION: Program =
    Program { name: "curate", settings: SETTINGS, variables: OCI_VARIABLES, prefixes: PREFIXES };

/// The command and its settings. Its sources are arguments.
pub const COMMAND: Program = Program {
    name: "bronzeworks curate",
    settings: SETTINGS.split_at(1).1,
    variables: OCI_VARIABLES,
    prefixes: PREFIXES,
};

/// The check and its settings. Its schema and its sources are arguments.
pub const CHECK: Program = Program {
    name: "bronzeworks check",
    settings: &[
        CHECKED_LAKE_URL.declaration(),
        INPUT.declaration(),
        NAMES.declaration(),
        MEMORY.declaration(),
        ROW_BUFFER.declaration(),
        JOBS.declaration(),
        MAX_LINE.declaration(),
        MAX_RATIO.declaration(),
        LOG_LEVEL.declaration(),
    ],
    variables: OCI_VARIABLES,
    prefixes: PREFIXES,
};

/// The settings of a command that looks at objects without a lake.
pub const SAMPLE: Program = Program {
    name: "bronzeworks infer",
    settings: &[
        DETECTED_INPUT.declaration(),
        NAMES.declaration(),
        MAX_LINE.declaration(),
        MAX_RATIO.declaration(),
    ],
    variables: OCI_VARIABLES,
    prefixes: PREFIXES,
};

fn optional_address(text: &str) -> Result<Option<Address>, String> {
    if text == NO_LAKE { Ok(None) } else { text.parse().map(Some) }
}

/// The least memory with which the process can work, in bytes.
const MIN_MEMORY: u64 = 128_000_000;

fn format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|error: UnknownFormat| error.to_string())
}

fn detected_format(name: &str) -> Result<Option<Format>, String> {
    match name {
        "detect" => Ok(None),
        _ => name
            .parse()
            .map(Some)
            .map_err(|_: UnknownFormat| "expected connector, json, kafka-connect or detect".into()),
    }
}

fn oci_url(url: &str) -> Result<OciUrl, String> {
    url.parse().map_err(|error: ConfigError| error.to_string())
}

fn memory(value: &str) -> Result<u64, String> {
    match parse::size(value)? {
        size if size < MIN_MEMORY => Err("expected at least 128MB".into()),
        size => Ok(size),
    }
}

/// The least memory for the rows of one object, in bytes. With less, nearly every row would become a file.
const MIN_ROW_BUFFER: u64 = 16_000_000;

fn row_buffer(value: &str) -> Result<u64, String> {
    match parse::size(value)? {
        size if size < MIN_ROW_BUFFER => Err("expected at least 16MB".into()),
        size => Ok(size),
    }
}

fn max_line(value: &str) -> Result<u64, String> {
    let size = parse::size(value)?;
    if size == 0 { Err("expected more than 0 bytes".into()) } else { Ok(size) }
}
