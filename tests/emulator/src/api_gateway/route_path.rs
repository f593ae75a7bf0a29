//! The path of a route: segments that are literal text, a parameter, or a wildcard.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;

use super::settings::PATH_CEILING;

/// The path of a route, such as `/hello/{region}/{rest*}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoutePath {
    text: String,
    segments: Vec<Segment>,
}

/// The part of a path between two slashes. The order of the variants is that of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// Literal text, percent-decoded.
    Literal(Vec<u8>),
    /// `{name}`: one segment that isn't empty.
    Parameter,
    /// `{name*}`: any number of segments, up to the end.
    Wildcard,
}

/// The characters that paths may contain in addition to letters and digits ("Creating an API Deployment").
const SPECIAL: &str = "$-_.+!*'(),%;:@&=";

impl RoutePath {
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        if text.chars().count() > PATH_CEILING {
            return Err(format!("has more than {PATH_CEILING} characters"));
        }
        let inner = text.strip_prefix('/').ok_or("does not begin with a slash")?;
        let parts: Vec<&str> = inner.split('/').collect();
        let last = parts.len() - 1;
        let segment = |(place, part): (usize, &&str)| match Segment::new(part)? {
            Segment::Literal(literal) if literal.is_empty() && place < last => {
                Err("has two slashes in a row".to_owned())
            }
            Segment::Wildcard if place < last => {
                Err(format!("continues after {part}, which matches the rest of the path"))
            }
            segment => Ok(segment),
        };
        let segments = parts.iter().enumerate().map(segment).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), segments })
    }

    /// Returns the path as given.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the path matches a request's path, as received and after the deployment's prefix. An empty path counts as a slash.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let mut parts = path.strip_prefix('/').unwrap_or(path).split('/');
        for segment in &self.segments {
            let part = match segment {
                Segment::Wildcard => return true,
                _ => parts.next(),
            };
            let same = match (segment, part) {
                (Segment::Literal(literal), Some(part)) => {
                    percent_decode_str(part).eq(literal.iter().copied())
                }
                (_, Some(part)) => !part.is_empty(),
                (_, None) => false,
            };
            if !same {
                return false;
            }
        }
        parts.next().is_none()
    }

    /// Orders two paths that match the same request: the lesser one takes precedence. From the left, literal text comes before a
    /// parameter, and a parameter or the end of the path comes before a wildcard. The documentation puts explicit routes first and the
    /// wildcard last; the order of parameters is the emulator's interpretation.
    pub(crate) fn precedence(&self, other: &Self) -> Ordering {
        self.ranks().cmp(other.ranks())
    }

    /// Returns whether two paths match the same requests, that is, differ at most in the names of parameters.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.segments == other.segments
    }

    fn ranks(&self) -> impl Iterator<Item = u8> {
        const END: u8 = 2;
        let rank = |segment: &Segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter => 1,
            Segment::Wildcard => 3,
        };
        self.segments.iter().map(rank).chain([END])
    }
}

impl Segment {
    fn new(part: &str) -> Result<Self, String> {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            check_text(part)?;
            return Ok(Self::Literal(percent_decode_str(part).collect()));
        };
        let (name, segment) = match name.strip_suffix('*') {
            Some(name) => (name, Self::Wildcard),
            None => (name, Self::Parameter),
        };
        if name.is_empty() || !name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_') {
            return Err(format!(
                "has the parameter {part}, whose name is not letters, digits and underscores"
            ));
        }
        Ok(segment)
    }
}

/// Checks that a segment of a path, or a whole prefix without its slashes, consists of valid characters.
pub(crate) fn check_text(part: &str) -> Result<(), String> {
    let good = |one: char| one.is_ascii_alphanumeric() || SPECIAL.contains(one);
    match part.chars().find(|one| !good(*one)) {
        Some(bad @ ('{' | '}')) => Err(format!("has {bad:?} in {part:?}: a parameter is a whole segment")),
        Some(bad) => Err(format!("has the character {bad:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "route_path_tests.rs"]
mod tests;
