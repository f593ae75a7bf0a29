use crate::batch::Batch;
use crate::journal::Journals;
use crate::template::Template;
use fastrand::Rng;
use serde_json::Value;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The endless supply of a worker's records.
#[derive(Debug, Clone)]
pub enum Records {
    /// Generated journals.
    Journals(Journals),
    /// The lines of a file, repeated endlessly.
    Lines {
        /// The file.
        lines: Arc<Lines>,
        /// Number of lines in a group.
        count: RangeInclusive<usize>,
        /// Source of the random size of a group.
        random: Rng,
        /// Index of the line to continue with.
        next: usize,
    },
    /// Records generated from a template, in groups that share a key.
    Template {
        /// The template.
        template: Arc<Template>,
        /// Number of records in a group.
        count: RangeInclusive<usize>,
        /// Source of the random group sizes and placeholders.
        random: Rng,
        /// Number of records generated so far.
        number: u64,
    },
}

/// The lines of a file, with their keys.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    batch: Batch,
}

impl Lines {
    /// Splits a text into lines, skipping blank ones. `key` is a JSON pointer to a string or number in each line; without it, the records
    /// have no key.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no line, or if a line has no usable key.
    pub fn read(text: &[u8], key: Option<&str>) -> Result<Self, String> {
        let mut batch = Batch::default();
        for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if !line.is_empty() {
                let key = key.map(|pointer| key_of(line, pointer)).transpose();
                let key = key.map_err(|problem| format!("line {}: {problem}", number + 1))?;
                batch.push(key.as_deref().map(str::as_bytes), line);
            }
        }
        match batch.is_empty() {
            true => Err("the file has no records".into()),
            false => Ok(Lines { batch }),
        }
    }
}

fn key_of(line: &[u8], pointer: &str) -> Result<String, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    match value.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(format!("the value at {pointer} is neither a string nor a number")),
        None => Err(format!("there is no value at {pointer}")),
    }
}

impl Records {
    /// Appends a journal, or a group of as many other records as a journal has lines.
    pub fn next(&mut self, batch: &mut Batch) {
        match self {
            Records::Journals(journals) => journals.next(batch),
            Records::Lines { lines, count, random, next } => {
                for _ in 0..random.usize(count.clone()) {
                    batch.push(lines.batch.key(*next), lines.batch.value(*next));
                    *next = (*next + 1) % lines.batch.len();
                }
            }
            Records::Template { template, count, random, number } => {
                let key = template.key(random, *number, batch);
                for _ in 0..random.usize(count.clone()) {
                    *number += 1;
                    template.value(random, *number, key.clone(), batch);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_file_repeat_with_their_keys() {
        let text = b"{\"id\":\"a\",\"n\":1}\n\n{\"id\":7}\r\n{\"id\":\"c\"}";
        let lines = Arc::new(Lines::read(text, Some("/id")).unwrap());
        let mut records = Records::Lines { lines, count: 2..=2, random: Rng::with_seed(1), next: 0 };
        let mut batch = Batch::default();
        (0..2).for_each(|_| records.next(&mut batch));
        let keys: Vec<_> = (0..4).map(|index| batch.key(index).unwrap()).collect();
        assert_eq!(keys, [&b"a"[..], b"7", b"c", b"a"]);
        assert_eq!((batch.value(1), batch.value(3)), (&b"{\"id\":7}"[..], &b"{\"id\":\"a\",\"n\":1}"[..]));
    }

    #[test]
    fn an_unusable_file_is_reported_with_the_line() {
        for (text, key, problem) in [
            ("\n \n", None, "no record"),
            ("{}\n{", Some("/id"), "line 1: there is no value at /id"),
            ("{\"id\":1}\n{", Some("/id"), "line 2: not JSON"),
            ("{\"id\":[]}", Some("/id"), "neither a string nor a number"),
        ] {
            let error = Lines::read(text.as_bytes(), key).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
