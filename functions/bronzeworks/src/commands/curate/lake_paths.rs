use curate::Config;
use lake::{QUARANTINE, RECEIPTS};
use std::fmt::Display;

/// The lake's folders in the form that people use: paths in a local lake, URLs in any other.
#[derive(Debug)]
pub(super) struct LakePaths {
    root: String,
    local: bool,
}

impl LakePaths {
    pub(super) fn new(config: &Config) -> Self {
        match config.lake_address.path() {
            Some(path) => LakePaths { root: path.display().to_string(), local: true },
            None => LakePaths { root: config.lake.root_url(), local: false },
        }
    }

    pub(super) fn quarantine(&self) -> String {
        self.of(&QUARANTINE)
    }

    pub(super) fn receipts(&self) -> String {
        self.of(&RECEIPTS)
    }

    /// Returns the path or URL of an object in the lake.
    pub(super) fn of(&self, key: &dyn Display) -> String {
        format!("{}/{key}", self.root.trim_end_matches('/'))
    }

    /// Returns a command that prints a quarantine object, or `None` if that needs the cloud's own tools.
    pub(super) fn print_quarantine(&self, key: &str) -> Option<String> {
        self.local.then(|| format!("gzip -cd {}", shell_word(&self.of(&key))))
    }
}

/// Quotes a text as one word of a shell command line, if it needs quoting.
fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./=+@,%:".contains(&byte);
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_quoted_where_the_shell_needs_it() {
        assert_eq!(shell_word("./lake/a%20b.gz"), "./lake/a%20b.gz");
        assert_eq!(shell_word("my lake's"), r"'my lake'\''s'");
    }

    #[test]
    fn only_a_local_quarantine_is_printed_by_a_command() {
        let paths = |local| LakePaths { root: "lake/".into(), local };
        let key = "_quarantine/x.jsonl.gz";
        assert_eq!(
            paths(true).print_quarantine(key).as_deref(),
            Some("gzip -cd lake/_quarantine/x.jsonl.gz")
        );
        assert_eq!(paths(false).print_quarantine(key), None);
    }
}
