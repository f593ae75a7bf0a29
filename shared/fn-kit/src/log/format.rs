use std::io::IsTerminal;
use std::str::FromStr;

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    Text,
    /// A JSON object for programs.
    Json,
}

impl Format {
    /// Returns text if stderr is a terminal, and JSON otherwise.
    pub fn of_stderr() -> Self {
        if std::io::stderr().is_terminal() { Format::Text } else { Format::Json }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            _ => Err("expected text or json".into()),
        }
    }
}
