//! The log on stderr: text for people, JSON lines for programs.

use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::io::{self, IsTerminal};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::arguments::LogFormat;
use crate::clock;

/// Logs messages of at least this level in the whole process from now on. Without a format, the log is text if stderr is a terminal, and
/// JSON otherwise.
pub(super) fn init(level: LevelFilter, format: Option<LogFormat>) {
    let terminal = io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(color)
        .with_writer(io::stderr)
        .event_format(Lines { format })
        .finish();
    // If another subscriber is already installed, the messages go there.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Formats each message as one line.
struct Lines {
    format: LogFormat,
}

/// The message and the other fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (time, level) = (clock::rfc3339(clock::milliseconds()), *event.metadata().level());
        match self.format {
            LogFormat::Text => text(writer, &time, level, &fields),
            LogFormat::Json => json(writer, time, level, fields),
        }
    }
}

fn text(mut writer: Writer<'_>, time: &str, level: Level, fields: &Fields) -> fmt::Result {
    let output = FunctionOutput::of(fields);
    let level = output.as_ref().and_then(|output| output.level).unwrap_or(level);
    let color = match level {
        Level::ERROR => "31",
        Level::WARN => "33",
        _ => "2",
    };
    match writer.has_ansi_escapes() {
        true => write!(writer, "\x1b[2m{time}\x1b[0m \x1b[{color}m{level:>5}\x1b[0m ")?,
        false => write!(writer, "{time} {level:>5} ")?,
    }
    match output {
        Some(output) => writeln!(writer, "{output}"),
        None => {
            write!(writer, "{}", fields.message)?;
            write_fields(&mut writer, &fields.others)?;
            writeln!(writer)
        }
    }
}

fn write_fields<'a>(
    writer: &mut impl fmt::Write,
    fields: impl IntoIterator<Item = (&'a String, &'a Value)>,
) -> fmt::Result {
    fields.into_iter().try_for_each(|(name, value)| write!(writer, ", {name}: {value}"))
}

/// A line that a function's process has written. If it is a JSON log line, it is shown like the emulator's own messages.
struct FunctionOutput<'a> {
    /// The function and its process.
    origin: String,
    /// The level of a JSON log line.
    level: Option<Level>,
    message: Cow<'a, str>,
    /// The further fields of a JSON log line.
    others: Map<String, Value>,
}

impl<'a> FunctionOutput<'a> {
    /// Returns `None` if the message is the emulator's own.
    fn of(fields: &'a Fields) -> Option<Self> {
        let (function, process) = (fields.others.get("function")?.as_str()?, fields.others.get("process")?);
        let origin = format!("{function}[{process}]");
        let plain = || Self {
            origin: origin.clone(),
            level: None,
            message: (&*fields.message).into(),
            others: Map::new(),
        };
        let Ok(mut line) = serde_json::from_str::<Map<String, Value>>(&fields.message) else {
            return Some(plain());
        };
        let (Some(Value::String(level)), Some(Value::String(message))) =
            (line.remove("level"), line.remove("message"))
        else {
            return Some(plain());
        };
        // The emulator's own time is shown, and the target is of no use to people.
        line.retain(|name, _| !["timestamp", "target"].contains(&name.as_str()));
        Some(Self { origin, level: level.parse().ok(), message: message.into(), others: line })
    }
}

impl fmt::Display for FunctionOutput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.origin, self.message)?;
        write_fields(f, &self.others)
    }
}

/// Writes a line with the same keys as the functions' own log lines.
fn json(mut writer: Writer<'_>, time: String, level: Level, fields: Fields) -> fmt::Result {
    let mut line = Map::new();
    line.insert("timestamp".to_owned(), time.into());
    line.insert("level".to_owned(), level.to_string().into());
    line.insert("target".to_owned(), "emulator".into());
    line.insert("message".to_owned(), fields.message.into());
    line.extend(fields.others);
    writeln!(writer, "{}", Value::Object(line))
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            name => drop(self.others.insert(name.to_owned(), value.into())),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.others.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.others.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(message: &str) -> (Option<Level>, String) {
        let mut fields = Fields { message: message.to_owned(), ..Fields::default() };
        fields.others.insert("function".to_owned(), "curate".into());
        fields.others.insert("process".to_owned(), 7.into());
        let output = FunctionOutput::of(&fields).unwrap();
        (output.level, output.to_string())
    }

    #[test]
    fn a_functions_json_log_line_is_shown_as_text() {
        let line =
            r#"{"timestamp":"t","level":"WARN","target":"curate","message":"slow","rows":2,"url":"x"}"#;
        assert_eq!(output(line), (Some(Level::WARN), r#"curate[7] slow, rows: 2, url: "x""#.to_owned()));
    }

    #[test]
    fn other_output_of_a_function_is_shown_as_it_is() {
        for text in ["hello", "{}", r#"{"message":"x"}"#, "[1]"] {
            assert_eq!(output(text), (None, format!("curate[7] {text}")));
        }
    }

    #[test]
    fn the_emulators_own_messages_have_no_function() {
        assert!(FunctionOutput::of(&Fields::default()).is_none());
    }
}
