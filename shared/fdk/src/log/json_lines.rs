use crate::log::json_value::JsonFields;
use jiff::Timestamp;
use std::fmt;
use std::io::Write as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line of JSON.
///
/// For `tracing_subscriber::registry().with(..)`. At the top level stand `timestamp` (RFC 3339, UTC), `level`, `target`, `message`, the
/// event's fields, and those of the spans around it, the innermost first; of equal names the first counts. A field named like one of the first four
/// gets a `_` behind it. Values keep to JSON: what is no number, text or truth is text as `Debug` has it, numbers that are not
/// finite are `null`, and a text of more than 8 KiB is cut and ends with `…`.
pub struct JsonLines {
    write: Box<Write>,
}

/// Takes a line with its newline.
type Write = dyn Fn(&[u8]) + Send + Sync;

/// What every line begins with.
const OURS: [&str; 4] = ["timestamp", "level", "target", "message"];

impl JsonLines {
    /// Lines go to stderr.
    pub fn to_stderr() -> Self {
        // Without a buffer there: a line is one write, and where it cannot be written nothing can be said about it.
        JsonLines::new(|line| drop(std::io::stderr().lock().write_all(line)))
    }

    /// Lines go to a function, each with its newline.
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
            "{{\"timestamp\":\"{:.6}\",\"level\":\"{}\",\"target\":{},\"message\":{message}",
            Timestamp::now(),
            metadata.level(),
            serde_json::Value::from(metadata.target()),
        );
        for (name, value) in fields.distinct() {
            let behind = if OURS.contains(&name) { "_" } else { "" };
            // A field's name is an identifier or a literal of the program; escaped like any text all the same.
            let name = serde_json::Value::from(format!("{name}{behind}"));
            line.push_str(&format!(",{name}:{value}"));
        }
        line.push_str("}\n");
        (self.write)(line.as_bytes());
    }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
