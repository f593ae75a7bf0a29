use crate::log::json_value::JsonFields;
use std::fmt;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line for people to read: `07:31:02 WARN  the host cannot be reached host="x.example" attempt=1`.
///
/// The time is in UTC. The fields are the same as in [`JsonLines`](super::JsonLines), with their values as JSON.
pub struct TextLines {
    write: Box<Write>,
}

/// Writes a line, which includes its newline.
type Write = dyn Fn(&[u8]) + Send + Sync;

impl TextLines {
    /// Creates a layer that writes lines to stderr.
    pub fn to_stderr() -> Self {
        TextLines::new(|line| drop(std::io::stderr().lock().write_all(line)))
    }

    /// Creates a layer that passes each line, with its newline, to a function.
    pub fn new(write: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        TextLines { write: Box::new(write) }
    }
}

impl fmt::Debug for TextLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextLines").finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TextLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        JsonFields::keep(attributes, id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        JsonFields::add(values, id, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = JsonFields::of(event, &context);
        let message = fields.take("message").unwrap_or_default();
        // Removes the quotes and escapes of JSON. A message with several lines is put on one.
        let message = serde_json::from_str::<String>(&message).unwrap_or_default().replace('\n', " ");
        let mut line = format!("{} {:5} {message}", time_of_day(SystemTime::now()), event.metadata().level());
        for (name, value) in fields.distinct() {
            line.push_str(&format!(" {name}={value}"));
        }
        line.push('\n');
        (self.write)(line.as_bytes());
    }
}

/// Returns the time of day in UTC, such as `07:31:02`.
fn time_of_day(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % (24 * 3600);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn a_line_has_time_level_message_and_fields() {
        let written = Arc::new(Mutex::new(String::new()));
        let into = written.clone();
        let layer = TextLines::new(move |line| into.lock().unwrap().push_str(str::from_utf8(line).unwrap()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _span = tracing::info_span!("call", call_id = "01H").entered();
            tracing::warn!(attempt = 2, host = "x y", "not\nreached");
        });
        let line = written.lock().unwrap().clone();
        assert_eq!(line.as_bytes()[2], b':');
        assert_eq!(&line[8..], " WARN  not reached attempt=2 host=\"x y\" call_id=\"01H\"\n");
    }

    #[test]
    fn the_time_is_the_time_of_day() {
        assert_eq!(time_of_day(UNIX_EPOCH + Duration::from_secs(86_400 + 3_600 + 62)), "01:01:02");
    }
}
