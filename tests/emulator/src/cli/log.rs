//! The log on stderr: text for people, JSON lines for programs.

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
    let color = match level {
        Level::ERROR => "31",
        Level::WARN => "33",
        _ => "2",
    };
    match writer.has_ansi_escapes() {
        true => write!(writer, "\x1b[2m{time}\x1b[0m \x1b[{color}m{level:>5}\x1b[0m ")?,
        false => write!(writer, "{time} {level:>5} ")?,
    }
    // A function's output looks the same as without the emulator.
    if let (Some(Value::String(function)), Some(process)) =
        (fields.others.get("function"), fields.others.get("process"))
    {
        return writeln!(writer, "{function}[{process}] {}", fields.message);
    }
    write!(writer, "{}", fields.message)?;
    for (name, value) in &fields.others {
        write!(writer, ", {name}: {value}")?;
    }
    writeln!(writer)
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
