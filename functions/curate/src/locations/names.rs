use std::str::FromStr;
use std::sync::Arc;
use wildmatch::WildMatch;

/// Patterns for the names of objects that are curated. Case doesn't matter.
///
/// `*` stands for any characters and `?` for one. A pattern is compared with the part of the name after the last `/`.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// The patterns, as given by the user.
    text: Arc<str>,
    patterns: Arc<[WildMatch]>,
}

impl Names {
    /// Returns whether an object with this key is one to curate.
    pub(crate) fn include(&self, key: &str) -> bool {
        let name = last(key).to_lowercase();
        self.patterns.iter().any(|pattern| pattern.matches(&name))
    }

    /// Returns the patterns, as given by the user.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Names {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let patterns: Arc<[WildMatch]> =
            text.split_whitespace().map(|pattern| WildMatch::new(&pattern.to_lowercase())).collect();
        if patterns.is_empty() {
            return Err("expected patterns such as *.gz, with spaces between them".into());
        }
        if text.contains('/') {
            return Err(
                "patterns are compared with the name after the last /, so they cannot contain one".into()
            );
        }
        Ok(Names { text: text.into(), patterns })
    }
}

/// Returns the last part of a key.
pub(crate) fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_key_is_compared_and_case_does_not_matter() {
        let names: Names = "*.gz  part-?.JSON".parse().unwrap();
        for key in ["a/b.gz", "B.GZ", ".gz", "x/Part-1.json"] {
            assert!(names.include(key), "{key}");
        }
        for key in ["", "gz", "a.gz/b", "a.gzip", "part-10.json", "xpart-1.json"] {
            assert!(!names.include(key), "{key}");
        }
    }

    #[test]
    fn patterns_without_a_name_are_refused() {
        for text in ["", "  ", "a/*.gz"] {
            text.parse::<Names>().unwrap_err();
        }
    }
}
