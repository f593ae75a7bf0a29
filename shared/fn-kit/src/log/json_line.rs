use crate::log::json_value::JsonFields;
use chrono::{SecondsFormat, Utc};
use tracing::Metadata;

/// The fields at the beginning of every line.
const OURS: [&str; 4] = ["timestamp", "level", "target", "message"];

/// Formats an event, timestamped now, as a JSON object and a newline.
pub(super) fn line(metadata: &Metadata<'_>, mut fields: JsonFields) -> String {
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
    line
}

#[cfg(test)]
#[path = "json_line_tests.rs"]
mod tests;
