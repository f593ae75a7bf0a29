use std::borrow::Cow;

/// Returns the first 60 characters of a text, enough to recognize it in a message of bounded length.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
