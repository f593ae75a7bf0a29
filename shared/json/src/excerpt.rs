use std::borrow::Cow;

/// Shortens a text to its first 60 characters and an ellipsis: enough to recognize it, short enough for a message.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
