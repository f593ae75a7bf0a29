use json::{Kind, Scanner};

/// A JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) to a member of an object. Like a table's pointers, it passes only
/// through objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    text: String,
    /// Names of the members, outermost first.
    steps: Vec<String>,
}

/// A member on the path occurs twice, so it is unknown which one is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Twice<'a> {
    pub(crate) member: &'a str,
}

impl Pointer {
    /// Parses a pointer with at least one step.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let problem = || format!("{text:?} is not a JSON pointer to a field, such as /data/account");
        let steps = text.strip_prefix('/').ok_or_else(problem)?.split('/').map(|step| {
            let good = step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
            good.then(|| step.replace("~1", "/").replace("~0", "~")).ok_or_else(problem)
        });
        Ok(Pointer { text: text.into(), steps: steps.collect::<Result<_, _>>()? })
    }

    /// Returns the pointer as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text of the value that the pointer refers to. `text` must be valid JSON.
    pub(crate) fn find<'a>(&self, text: &'a str) -> Result<Option<&'a str>, Twice<'_>> {
        let mut value = text;
        for step in &self.steps {
            // The text has already been scanned to its end, so there are no errors.
            match member(value, step) {
                Ok(Members::One(found)) => value = found,
                Ok(Members::Several) => return Err(Twice { member: step }),
                Ok(Members::None) | Err(_) => return Ok(None),
            }
        }
        Ok(Some(value))
    }
}

/// The occurrences of a member in an object.
enum Members<'a> {
    None,
    One(&'a str),
    Several,
}

fn member<'a>(text: &'a str, name: &str) -> Result<Members<'a>, json::Error> {
    let mut scanner = Scanner::new(text);
    if scanner.kind()? != Kind::Object {
        return Ok(Members::None);
    }
    scanner.open_object()?;
    let (mut found, mut first) = (Members::None, true);
    while let Some(key) = scanner.next_key(first)? {
        first = false;
        let value = scanner.any()?;
        if key.is(name) {
            found = match found {
                Members::None => Members::One(value),
                Members::One(_) | Members::Several => Members::Several,
            };
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "pointer_tests.rs"]
mod tests;
