use http::{HeaderMap, StatusCode};

/// A service's response to a successful operation.
#[derive(Debug)]
pub struct Response<B> {
    /// The status: 2xx, because anything else is an error.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: B,
    /// How many attempts there were.
    pub attempts: u32,
    /// Whether an earlier attempt may have taken effect although its response was lost.
    pub effect_unknown: bool,
}

impl<B> Response<B> {
    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
