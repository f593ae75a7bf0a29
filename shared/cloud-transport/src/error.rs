use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Why a request got no response, classified by what the caller can do about it.
///
/// The message does not repeat the [`source`](StdError::source).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No connection was established, so nothing was sent. A later attempt may succeed.
    Connect(Box<dyn StdError + Send + Sync>),
    /// The name servers say that the host does not exist. Nothing was sent. The name is misspelled, or belongs to another network.
    UnknownHost(String),
    /// The server's certificate is not trusted. Nothing was sent. It is the wrong server, or a proxy that intercepts TLS and whose root
    /// certificate has to be [trusted](crate::TransportBuilder::trust).
    Certificate(Box<dyn StdError + Send + Sync>),
    /// The proxy refused to connect to the host (4xx), for example for lack of credentials. Nothing was sent.
    Proxy(String),
    /// The connection broke after the request was sent. The request may have taken effect.
    Connection(Box<dyn StdError + Send + Sync>),
    /// Nothing moved on the connection for this long after the request was sent. The request may have taken effect.
    Timeout(Duration),
    /// The response has more than this many bytes. The request has probably taken effect.
    TooLong(usize),
}

/// An invalid argument, such as an endpoint, a URL, a certificate or a variable. The message names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// Creates an error. `problem` is a sentence that says what is wrong.
    pub fn new(problem: impl Into<String>) -> Self {
        ConfigError(problem.into())
    }
}

impl Error {
    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Connect(_) | Error::Connection(_) | Error::Timeout(_) => true,
            Error::UnknownHost(_) | Error::Certificate(_) | Error::Proxy(_) | Error::TooLong(_) => false,
        }
    }

    /// Returns whether the request may have taken effect.
    pub fn leaves_effect_unknown(&self) -> bool {
        match self {
            Error::Connection(_) | Error::Timeout(_) | Error::TooLong(_) => true,
            Error::Connect(_) | Error::UnknownHost(_) | Error::Certificate(_) | Error::Proxy(_) => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Connect(_) => f.write_str("cannot connect to the service"),
            Error::UnknownHost(name) => write!(f, "cannot resolve the host name {name}"),
            Error::Certificate(_) => f.write_str("the server's certificate is not trusted"),
            Error::Proxy(refusal) => f.write_str(refusal),
            Error::Connection(_) => f.write_str("the connection to the service failed"),
            Error::Timeout(limit) => write!(f, "no data moved on the connection for {limit:?}"),
            Error::TooLong(limit) => write!(f, "the response is longer than {limit} bytes"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Connect(error) | Error::Certificate(error) | Error::Connection(error) => {
                Some(error.as_ref())
            }
            Error::UnknownHost(_) | Error::Proxy(_) | Error::Timeout(_) | Error::TooLong(_) => None,
        }
    }
}
