use crate::credentials::CredentialsError;
use http::StatusCode;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Why an operation failed, after all attempts that its kind of trouble is worth.
///
/// The text names the operation, its target, the status and code of the service, `opc-request-id` (what Oracle's support asks
/// for) and the attempts; it holds no secret. Trouble on the way to the service is the [`source`](StdError::source), and not in the text.
#[derive(Debug)]
pub struct Error {
    /// The operation by its name in the service's API, `GetObject`, say.
    pub operation: &'static str,
    /// Method and URL.
    pub target: String,
    /// How many requests were sent, or tried to be sent.
    pub attempts: u32,
    /// Whether one of the attempts may have taken effect, although its answer never came.
    pub effect_unknown: bool,
    /// What went wrong at the last attempt.
    pub cause: Cause,
}

/// What went wrong at one attempt, by what a caller can do about it.
#[derive(Debug)]
pub enum Cause {
    /// There is nothing to sign with: nothing was sent. Fix the configuration.
    Credentials(CredentialsError),
    /// No connection to the service: nothing was sent.
    Connect(Box<dyn StdError + Send + Sync>),
    /// There is no host of that name. Nothing was sent; it may be misspelt, or be of another network.
    UnknownHost(String),
    /// The server is not the one it should be, or a proxy between: its certificate is not trusted. Nothing was sent.
    Certificate(Box<dyn StdError + Send + Sync>),
    /// The connection broke, or the answer did, after the request was sent: it may have taken effect.
    Connection(Box<dyn StdError + Send + Sync>),
    /// Nothing moved on the connection for this long, after the request was sent: it may have taken effect.
    Timeout(Duration),
    /// The service answered, and said no.
    Service(ServiceError),
    /// The service answered with something that its API does not have.
    Unexpected(String),
}

/// The service's own account of an error: `{"code", "message"}` and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The status of the answer.
    pub status: StatusCode,
    /// The service's word for it, `BucketNotFound`, say; empty where the answer had no body (HEAD) or not the service's.
    pub code: String,
    /// The service's sentence about it.
    pub message: String,
    /// The service's name of the request.
    pub opc_request_id: Option<String>,
    /// How long to wait before the next attempt, as asked by the service.
    pub retry_after: Option<Duration>,
}

/// Something given to a client that cannot be what it should: a region, an endpoint, a URL, a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// What is wrong, in a sentence that names it.
    pub fn new(problem: impl Into<String>) -> Self {
        ConfigError(problem.into())
    }
}

impl Error {
    /// The status that the service answered with, if it answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().map(|error| error.status)
    }

    /// The service's code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// The service's account of the error, if it answered.
    pub fn service(&self) -> Option<&ServiceError> {
        match &self.cause {
            Cause::Service(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same request may succeed later: throttling, trouble in the service or on the way to it.
    pub fn is_retryable(&self) -> bool {
        self.cause.is_retryable()
    }
}

impl Cause {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Cause::Connect(_) | Cause::Connection(_) | Cause::Timeout(_) => true,
            Cause::Credentials(error) => error.is_retryable(),
            Cause::Service(error) => error.is_retryable(),
            Cause::UnknownHost(_) | Cause::Certificate(_) | Cause::Unexpected(_) => false,
        }
    }

    /// Whether the request may have taken effect.
    ///
    /// An error of the service's front (5xx) says nothing about what is behind it; throttling happens before any effect.
    pub(crate) fn leaves_effect_unknown(&self) -> bool {
        match self {
            Cause::Connection(_) | Cause::Timeout(_) | Cause::Unexpected(_) => true,
            Cause::Service(error) => error.status.is_server_error(),
            Cause::Connect(_) | Cause::UnknownHost(_) | Cause::Certificate(_) | Cause::Credentials(_) => {
                false
            }
        }
    }
}

impl ServiceError {
    /// Throttling (429), trouble in the service (5xx but 501), and the conflicts that pass: what Oracle's own clients retry. (Their
    /// upload manager retries `ConcurrentObjectUpdate`, which is what the service answers to writers in one another's way.)
    /// <https://docs.oracle.com/en-us/iaas/Content/API/Concepts/sdkretries.htm>, as in the `retry` module of the Python SDK.
    pub fn is_retryable(&self) -> bool {
        match self.status.as_u16() {
            429 => true,
            501 => false,
            409 => matches!(self.code.as_str(), "IncorrectState" | "LockConflict" | "ConcurrentObjectUpdate"),
            status => status >= 500,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { operation, target, attempts, .. } = self;
        if let Cause::Credentials(_) = self.cause {
            return write!(f, "there are no credentials to sign {operation} with");
        }
        write!(f, "{operation} {target}: {}", self.cause)?;
        let plural = if *attempts == 1 { "" } else { "s" };
        write!(f, " ({attempts} attempt{plural}")?;
        if let Some(id) = self.service().and_then(|error| error.opc_request_id.as_ref()) {
            write!(f, ", opc-request-id {id}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Credentials(_) => f.write_str("there are no credentials to sign with"),
            Cause::Connect(_) => f.write_str("cannot connect to the service"),
            Cause::UnknownHost(name) => write!(f, "there is no host {name}"),
            Cause::Certificate(_) => f.write_str("the server's certificate is not trusted"),
            Cause::Connection(_) => f.write_str("the connection to the service failed"),
            Cause::Timeout(limit) => write!(f, "nothing moved on the connection for {limit:?}"),
            Cause::Service(error) => error.fmt(f),
            Cause::Unexpected(what) => write!(f, "the answer is not understood: {what}"),
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service answered {}", self.status.as_u16())?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The cause itself is in the text.
        self.cause.source()
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Cause::Credentials(error) => Some(error),
            Cause::Connect(error) | Cause::Certificate(error) | Cause::Connection(error) => {
                Some(error.as_ref())
            }
            Cause::UnknownHost(_) | Cause::Timeout(_) | Cause::Service(_) | Cause::Unexpected(_) => None,
        }
    }
}
