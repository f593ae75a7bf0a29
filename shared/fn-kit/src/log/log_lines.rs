use crate::log::format::Format;
use crate::log::json_value::JsonFields;
use crate::log::{json_line, text_line};
use std::fmt;
use std::io::Write as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line.
///
/// Use it as `tracing_subscriber::registry().with(..)`.
///
/// As JSON, a line is an object with `timestamp` (RFC 3339, UTC), `level`, `target`, `message`, the fields of the event, and those of the
/// spans around it, innermost first. If names repeat, the first one counts. A field named like one of the first four gets a `_` appended.
/// Values other than numbers, strings and booleans are formatted with `Debug`. Numbers that are not finite are `null`. A string of more
/// than 8 KiB is cut off and ends with `…`.
///
/// As text, it is `07:31:02 WARN  the host cannot be reached host="x.example" attempt=1`: the time in UTC, and the same fields.
pub struct LogLines {
    format: Format,
    write: Box<Write>,
}

/// Writes a line, which includes its newline.
type Write = dyn Fn(&[u8]) + Send + Sync;

impl LogLines {
    /// Creates a layer that writes lines to stderr.
    pub fn to_stderr(format: Format) -> Self {
        // Stderr is unbuffered, so a line is one write. A failed write cannot be reported anywhere.
        LogLines::new(format, |line| drop(std::io::stderr().lock().write_all(line)))
    }

    /// Creates a layer that passes each line, with its newline, to a function.
    pub fn new(format: Format, write: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        LogLines { format, write: Box::new(write) }
    }
}

impl fmt::Debug for LogLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLines").field("format", &self.format).finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        JsonFields::keep(attributes, id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        JsonFields::add(values, id, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let fields = JsonFields::of(event, &context);
        let line = match self.format {
            Format::Json => json_line::line(event.metadata(), fields),
            Format::Text => text_line::line(event.metadata(), fields),
        };
        (self.write)(line.as_bytes());
    }
}
