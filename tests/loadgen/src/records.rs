use crate::batch::Batch;
use crate::journal::Journals;
use crate::template::Template;
use fastrand::Rng;
use serde_json::Value;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Where a worker's records come from, without end.
#[derive(Debug, Clone)]
pub enum Records {
    /// Made as journals.
    Journals(Journals),
    /// The lines of a file, over and over; so many at a time.
    Lines {
        /// The file.
        lines: Arc<Lines>,
        /// How many make a batch.
        count: RangeInclusive<usize>,
        /// What is drawn for that, and the line to go on with.
        random: Rng,
        /// See `random`.
        next: usize,
    },
    /// Made by a template; so many at a time, which share a key.
    Template {
        /// The template.
        template: Arc<Template>,
        /// How many make a batch.
        count: RangeInclusive<usize>,
        /// What is drawn from.
        random: Rng,
        /// How many were made.
        number: u64,
    },
}

/// A file of records, one a line, with their keys.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    batch: Batch,
}

impl Lines {
    /// Reads the lines of a text; blank ones are passed over. `key` is a JSON pointer to a text or number in each of them; without it they
    /// have no key.
    ///
    /// # Errors
    ///
    /// The first line in which the key is not found, or that there is no line.
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
            true => Err("there is no record in it".into()),
            false => Ok(Lines { batch }),
        }
    }
}

fn key_of(line: &[u8], pointer: &str) -> Result<String, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| format!("it is not JSON: {error}"))?;
    match value.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(format!("what is at {pointer} is neither text nor number")),
        None => Err(format!("there is nothing at {pointer}")),
    }
}

impl Records {
    /// Appends what one iteration of the published generator makes: a journal, or as many records as a journal has lines.
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
    fn a_files_lines_come_over_and_over_with_their_keys() {
        let text = b"{\"id\":\"a\",\"n\":1}\n\n{\"id\":7}\r\n{\"id\":\"c\"}";
        let lines = Arc::new(Lines::read(text, Some("/id")).unwrap());
        let mut records = Records::Lines { lines, count: 2..=2, random: Rng::with_seed(1), next: 0 };
        let mut batch = Batch::default();
        (0..2).for_each(|_| records.next(&mut batch));
        let keys: Vec<_> = (0..4).map(|place| batch.key(place).unwrap()).collect();
        assert_eq!(keys, [&b"a"[..], b"7", b"c", b"a"]);
        assert_eq!((batch.value(1), batch.value(3)), (&b"{\"id\":7}"[..], &b"{\"id\":\"a\",\"n\":1}"[..]));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_by_its_line() {
        for (text, key, problem) in [
            ("\n \n", None, "no record"),
            ("{}\n{", Some("/id"), "line 1: there is nothing at /id"),
            ("{\"id\":1}\n{", Some("/id"), "line 2: it is not JSON"),
            ("{\"id\":[]}", Some("/id"), "neither text nor number"),
        ] {
            let told = Lines::read(text.as_bytes(), key).unwrap_err();
            assert!(told.contains(problem), "{told}");
        }
    }
}
