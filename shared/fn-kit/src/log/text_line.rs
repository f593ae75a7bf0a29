use crate::log::json_value::JsonFields;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::Metadata;

/// Formats an event, timestamped now, as text for people and a newline.
pub(super) fn line(metadata: &Metadata<'_>, mut fields: JsonFields) -> String {
    let message = fields.take("message").unwrap_or_default();
    // Removes the quotes and escapes of JSON. A message with several lines is put on one.
    let message = serde_json::from_str::<String>(&message).unwrap_or_default().replace('\n', " ");
    let mut line = format!("{} {:5} {message}", time_of_day(SystemTime::now()), metadata.level());
    for (name, value) in fields.distinct() {
        line.push_str(&format!(" {name}={value}"));
    }
    line.push('\n');
    line
}

/// Returns the time of day in UTC, such as `07:31:02`.
fn time_of_day(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % (24 * 3600);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Format, LogLines};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn a_line_has_time_level_message_and_fields() {
        let written = Arc::new(Mutex::new(String::new()));
        let into = written.clone();
        let layer = LogLines::new(Format::Text, move |line| {
            into.lock().unwrap().push_str(str::from_utf8(line).unwrap())
        });
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
