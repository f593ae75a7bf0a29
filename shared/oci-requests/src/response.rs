use http::{HeaderMap, StatusCode};

/// A service's response to a successful operation.
#[derive(Debug)]
pub struct Response<B> {
    /// The status, always 2xx, because any other status is an error.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    /// The response's body.
    pub body: B,
    /// Number of attempts.
    pub attempts: u32,
    /// Whether an earlier attempt may have taken effect although its response was lost.
    pub effect_unknown: bool,
}

impl<B> Response<B> {
    /// Returns the value of a header, if it is present and readable as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
