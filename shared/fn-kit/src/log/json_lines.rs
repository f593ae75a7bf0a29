use crate::log::json_value::JsonFields;
use chrono::{SecondsFormat, Utc};
use std::fmt;
use std::io::Write as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line of JSON.
///
/// Use it as `tracing_subscriber::registry().with(..)`. The object has `timestamp` (RFC 3339, UTC), `level`, `target`, `message`, the
/// fields of the event, and those of the spans around it, innermost first. If names repeat, the first one counts. A field named like one of
/// the first four gets a `_` appended. Values other than numbers, strings and booleans are formatted with `Debug`. Numbers that are not
/// finite are `null`. A string of more than 8 KiB is cut off and ends with `…`.
pub struct JsonLines {
    write: Box<Write>,
}

/// Writes a line, which includes its newline.
type Write = dyn Fn(&[u8]) + Send + Sync;

/// The fields at the beginning of every line.
const OURS: [&str; 4] = ["timestamp", "level", "target", "message"];

impl JsonLines {
    /// Creates a layer that writes lines to stderr.
    pub fn to_stderr() -> Self {
        // Stderr is unbuffered, so a line is one write. A failed write cannot be reported anywhere.
        JsonLines::new(|line| drop(std::io::stderr().lock().write_all(line)))
    }

    /// Creates a layer that passes each line, with its newline, to a function.
    pub fn new(write: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        JsonLines { write: Box::new(write) }
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        JsonFields::keep(attributes, id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        JsonFields::add(values, id, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = JsonFields::of(event, &context);
        let metadata = event.metadata();
        let message = fields.take("message").unwrap_or_else(|| "\"\"".to_owned());
        let mut line = format!(
            "{{\"timestamp\":\"{}\",\"level\":\"{}\",\"target\":{},\"message\":{message}",
            Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            metadata.level(),
            serde_json::Value::from(metadata.target()),
        );
        for (name, value) in fields.distinct() {
            let suffix = if OURS.contains(&name) { "_" } else { "" };
            // Names come from the program, but may contain any characters.
            let name = serde_json::Value::from(format!("{name}{suffix}"));
            line.push_str(&format!(",{name}:{value}"));
        }
        line.push_str("}\n");
        (self.write)(line.as_bytes());
    }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
