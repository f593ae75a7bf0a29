use curate::{Address, Config};
use lake::{QUARANTINE, RECEIPTS};
use std::fmt::Display;

/// The lake's folders in the form that people use: paths in a local lake, URLs in any other.
#[derive(Debug)]
pub(super) struct LakePaths {
    /// The lake's address, as given by the user.
    address: String,
    root: String,
    local: bool,
}

impl LakePaths {
    pub(super) fn new(lake: &Address, config: &Config) -> Self {
        let address = lake.to_string();
        match lake.path() {
            Some(path) => LakePaths { address, root: path.display().to_string(), local: true },
            None => LakePaths { address, root: config.lake.root_url(), local: false },
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

    /// Returns a command that prints a receipt of a local lake.
    pub(super) fn print_receipt(&self, key: &str) -> Option<String> {
        self.local.then(|| format!("jq . {}", shell_word(&self.of(&key))))
    }

    /// Returns a command that prints the counts of all receipts of a local lake.
    pub(super) fn print_receipts(&self) -> Option<String> {
        let folder = shell_word(&self.receipts());
        self.local.then(|| format!("find {folder} -name '*.json' -exec jq -c .counts {{}} +"))
    }

    /// Returns the command that lists the refused records.
    pub(super) fn list_quarantine(&self) -> String {
        format!("bronzeworks quarantine {}", shell_word(&self.address))
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
    fn quarantines_and_receipts_are_printed_by_commands() {
        let paths =
            |root: &str| LakePaths { address: root.into(), root: root.into(), local: !root.contains("://") };
        for (root, command) in [
            ("lake/", "bronzeworks quarantine lake/"),
            ("my lake", "bronzeworks quarantine 'my lake'"),
            ("oci://bucket@namespace/a%20b", "bronzeworks quarantine oci://bucket@namespace/a%20b"),
        ] {
            assert_eq!(paths(root).list_quarantine(), command);
        }
        assert_eq!(
            paths("lake").print_receipt("_receipts/x.json").as_deref(),
            Some("jq . lake/_receipts/x.json")
        );
        assert_eq!(
            paths("my lake").print_receipts().as_deref(),
            Some("find 'my lake/_receipts' -name '*.json' -exec jq -c .counts {} +")
        );
        assert_eq!(paths("s3://bucket").print_receipts(), None);
    }
}
