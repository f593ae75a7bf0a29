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

    /// Returns a command that prints a receipt of a local lake.
    pub(super) fn print_receipt(&self, key: &str) -> Option<String> {
        self.local.then(|| format!("jq . {}", shell_word(&self.of(&key))))
    }

    /// Returns a command that prints the counts of all receipts of a local lake.
    pub(super) fn print_receipts(&self) -> Option<String> {
        let folder = shell_word(&self.receipts());
        self.local.then(|| format!("find {folder} -name '*.json' -exec jq -c .counts {{}} +"))
    }

    /// Returns a command that prints a quarantine object: with the cloud's own tool, if the lake is in a cloud. Returns `None` if its name
    /// differs from what its URL shows.
    pub(super) fn print_quarantine(&self, key: &str) -> Option<String> {
        if self.local {
            return Some(format!("gzip -cd {}", shell_word(&self.of(&key))));
        }
        // Encoded characters of the URL.
        if self.root.contains('%') || key.contains("%00") {
            return None;
        }
        let url = self.of(&key);
        if url.starts_with("s3://") {
            return Some(format!("aws s3 cp {} - | gzip -cd", shell_word(&url)));
        }
        let (bucket, rest) = url.strip_prefix("oci://")?.split_once('@')?;
        let (namespace, name) = rest.split_once('/')?;
        let [namespace, bucket, name] = [namespace, bucket, name].map(shell_word);
        Some(format!("oci os object get -ns {namespace} -bn {bucket} --name {name} --file - | gzip -cd"))
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
        let paths = |root: &str| LakePaths { root: root.into(), local: !root.contains("://") };
        let key = "_quarantine/x.jsonl.gz";
        assert_eq!(
            paths("lake/").print_quarantine(key).as_deref(),
            Some("gzip -cd lake/_quarantine/x.jsonl.gz")
        );
        assert_eq!(
            paths("oci://bucket@namespace/journal").print_quarantine(key).as_deref(),
            Some(
                "oci os object get -ns namespace -bn bucket --name journal/_quarantine/x.jsonl.gz --file - | gzip -cd"
            )
        );
        assert_eq!(
            paths("s3://bucket").print_quarantine(key).as_deref(),
            Some("aws s3 cp s3://bucket/_quarantine/x.jsonl.gz - | gzip -cd")
        );
        assert_eq!(
            paths("lake").print_receipt("_receipts/x.json").as_deref(),
            Some("jq . lake/_receipts/x.json")
        );
        assert_eq!(
            paths("my lake").print_receipts().as_deref(),
            Some("find 'my lake/_receipts' -name '*.json' -exec jq -c .counts {} +")
        );
        assert_eq!(paths("oci://bucket@namespace/a%20b").print_quarantine(key), None);
    }
}
