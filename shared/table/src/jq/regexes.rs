use crate::jq::filter::Jq;
use crate::jq::texts::text_of;
use jaq_core::native::bome;
use jaq_core::{Cv, Error, ValXs};
use jaq_json::{Map, Val, ValR};
use regex::{Captures, Regex, RegexBuilder};
use std::collections::HashMap;

/// Memory that a compiled regular expression may take, which also limits what it does at each byte.
const MAX_REGEX: usize = 64 << 10;

/// The regular expressions of a filter, compiled once. They take linear time, whatever the text.
#[derive(Debug, Default)]
pub(super) struct Regexes {
    by_text: HashMap<(String, String), Regex>,
}

impl Regexes {
    /// Compiles an expression, or says why it can't be.
    pub(super) fn add(&mut self, text: &str, flags: &str) -> Result<(), String> {
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(MAX_REGEX);
        for flag in flags.chars() {
            match flag {
                // Only whether there is a match matters, or the first one.
                'g' | 'n' => {}
                'i' => drop(builder.case_insensitive(true)),
                'x' => drop(builder.ignore_whitespace(true)),
                's' => drop(builder.dot_matches_new_line(true)),
                other => {
                    return Err(format!(
                        "{other:?} is not among the supported flags of regular expressions: g, i, n, s and x"
                    ));
                }
            }
        }
        let regex = builder.build().map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("the regular expression {text:?} is too large"),
            error => {
                let lines: Vec<String> =
                    error.to_string().lines().map(|line| line.trim().to_owned()).collect();
                format!(
                    "the regular expression {text:?} is invalid: {}",
                    lines.last().map_or("", String::as_str)
                )
            }
        })?;
        self.by_text.insert((text.to_owned(), flags.to_owned()), regex);
        Ok(())
    }

    fn get(&self, text: &Val, flags: &str) -> Result<&Regex, Error<Val>> {
        let key = (text_of(text)?.to_owned(), flags.to_owned());
        Ok(self.by_text.get(&key).expect("a filter's regular expressions are literals, and compiled with it"))
    }
}

/// Returns whether an expression matches a text somewhere.
pub(super) fn test(mut call: Cv<'_, Jq>) -> ValXs<'_, Val> {
    let flags = call.0.pop_var();
    let regex = call.0.pop_var();
    let test = || {
        let regex = call.0.data().regexes.get(&regex, text_of(&flags)?)?;
        Ok(Val::from(regex.is_match(text_of(&call.1)?)))
    };
    bome(test())
}

/// Returns the named groups of the first match as an object, if there is a match.
pub(super) fn capture(mut call: Cv<'_, Jq>) -> ValXs<'_, Val> {
    let flags = call.0.pop_var();
    let regex = call.0.pop_var();
    let capture = || {
        let regex = call.0.data().regexes.get(&regex, text_of(&flags)?)?;
        Ok(regex.captures(text_of(&call.1)?).map(|captures| groups(regex, &captures)))
    };
    match capture() {
        Ok(None) => Box::new(std::iter::empty()),
        Ok(Some(groups)) => bome(Ok(groups)),
        Err(error) => bome(Err(error)),
    }
}

fn groups(regex: &Regex, captures: &Captures<'_>) -> Val {
    let names = regex.capture_names().flatten();
    let group = |name: &str| {
        let text = captures.name(name).map_or(Val::Null, |group| Val::from(group.as_str().to_owned()));
        (Val::from(name.to_owned()), text)
    };
    Val::obj(names.map(group).collect::<Map>())
}

/// Replaces the first `limit` matches of an expression, or all of them if it is 0.
pub(super) fn replace(mut call: Cv<'_, Jq>, limit: usize) -> ValXs<'_, Val> {
    let replacement = call.0.pop_var();
    let regex = call.0.pop_var();
    let replace = || -> ValR {
        let regex = call.0.data().regexes.get(&regex, "")?;
        let replacement = regex::NoExpand(text_of(&replacement)?);
        Ok(Val::from(regex.replacen(text_of(&call.1)?, limit, replacement).into_owned()))
    };
    bome(replace())
}
