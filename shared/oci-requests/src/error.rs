use crate::credentials_error::CredentialsError;
use crate::service_error::ServiceError;
use http::StatusCode;
use std::error::Error as StdError;
use std::fmt;

/// Why an operation failed, after all the attempts that this kind of failure warrants.
///
/// The message contains the operation, its target, the service's status and code, `opc-request-id` (which Oracle's support asks for) and
/// the number of attempts. It contains no secret. A failure on the way to the service is the [`source`](StdError::source), and is not
/// repeated in the message.
#[derive(Debug)]
pub struct Error {
    /// The operation's name in the service's API, such as `GetObject`.
    pub operation: &'static str,
    /// The request's method and URL.
    pub target: String,
    /// Number of attempts, including those that never got a connection.
    pub attempts: u32,
    /// Whether an attempt may have taken effect although its response was lost.
    pub effect_unknown: bool,
    /// What went wrong at the last attempt.
    pub cause: Cause,
}

/// What went wrong at one attempt, classified by what a caller can do about it.
#[derive(Debug)]
pub enum Cause {
    /// There are no credentials to sign with, so nothing was sent. Fix the configuration.
    Credentials(CredentialsError),
    /// No response arrived.
    Transport(cloud_transport::Error),
    /// The service responded with an error.
    Service(ServiceError),
    /// The service's response does not match its API.
    Unexpected(String),
}

impl From<cloud_transport::Error> for Cause {
    fn from(error: cloud_transport::Error) -> Self {
        Cause::Transport(error)
    }
}

impl Error {
    /// Returns the status of the service's error, if it responded with one.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().map(|error| error.status)
    }

    /// Returns the service's error code, if there is one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// Returns the service's own error, if it responded with one.
    pub fn service(&self) -> Option<&ServiceError> {
        match &self.cause {
            Cause::Service(error) => Some(error),
            _ => None,
        }
    }

    /// Returns whether the same request may succeed later: after throttling, or after a failure in the service or on the way to it.
    pub fn is_retryable(&self) -> bool {
        self.cause.is_retryable()
    }
}

impl Cause {
    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Cause::Credentials(error) => error.is_retryable(),
            Cause::Transport(error) => error.is_retryable(),
            Cause::Service(error) => error.is_retryable(),
            Cause::Unexpected(_) => false,
        }
    }

    /// Returns whether the request may have taken effect.
    ///
    /// A 5xx comes from the service's front end and says nothing about what happened behind it. Throttling happens before any effect.
    pub(crate) fn leaves_effect_unknown(&self) -> bool {
        match self {
            Cause::Credentials(_) => false,
            Cause::Transport(error) => error.leaves_effect_unknown(),
            Cause::Service(error) => error.status.is_server_error(),
            Cause::Unexpected(_) => true,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { operation, target, attempts, .. } = self;
        if let Cause::Credentials(_) = self.cause {
            return write!(f, "no credentials to sign {operation} with");
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
            Cause::Credentials(_) => f.write_str("no credentials to sign requests with"),
            Cause::Transport(error) => error.fmt(f),
            Cause::Service(error) => error.fmt(f),
            Cause::Unexpected(what) => write!(f, "invalid response: {what}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The message already contains the cause itself.
        self.cause.source()
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Cause::Credentials(error) => Some(error),
            Cause::Transport(error) => error.source(),
            Cause::Service(_) | Cause::Unexpected(_) => None,
        }
    }
}
