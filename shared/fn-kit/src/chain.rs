use std::error::Error;

/// Formats an error and its causes on one line: `the lake cannot be read: connection refused`.
///
/// Each cause appears once, as in [`causes`].
pub fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).join(": ")
}

/// Returns the messages of an error and its causes, starting with the error itself.
///
/// Each cause appears once. Some libraries repeat their source's message in their own, so a cause that an earlier message already contains
/// is left out.
pub fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !texts.iter().any(|earlier| earlier.contains(&text)) {
            texts.push(text);
        }
        cause = error.source();
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Level(&'static str, Option<Box<Level>>);

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as &(dyn Error + 'static))
        }
    }

    #[test]
    fn causes_follow_their_error_in_order() {
        let error =
            Level("cannot start", Some(Box::new(Level("no socket", Some(Box::new(Level("denied", None)))))));
        assert_eq!(chain(&error), "cannot start: no socket: denied");
    }

    #[test]
    fn a_cause_that_its_error_repeats_appears_once() {
        let error = Level("cannot start: denied", Some(Box::new(Level("denied", None))));
        assert_eq!(chain(&error), "cannot start: denied");
    }
}
