use crate::log_frame::LogFrame;
use crate::trace::Tracing;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The settings that the platform passes to a function in its environment.
///
/// Everything except `FN_LISTENER` is optional: the open-source server sets neither names nor CPUs, while Oracle's platform sets both.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    listener: PathBuf,
    memory_mb: Option<u64>,
    cpus: Option<f64>,
    app_id: Option<String>,
    fn_id: Option<String>,
    app_name: Option<String>,
    fn_name: Option<String>,
    log_frame: Option<LogFrame>,
    tracing: Tracing,
}

/// All problems with the environment, reported together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment violates Fn's contract: {}", join(.problems))]
pub struct ContractError {
    /// At least one problem, in the order in which the variables were read.
    pub problems: Vec<ContractProblem>,
}

/// One variable with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractProblem {
    /// Fn uses only Unix sockets with absolute paths.
    #[error("FN_LISTENER is '{value}', which does not begin with 'unix:/'")]
    NotUnix {
        /// The variable's value.
        value: String,
    },
    /// The path names a folder, so the socket has no name.
    #[error("FN_LISTENER is '{value}', which does not name a file")]
    NoFile {
        /// The variable's value.
        value: String,
    },
    /// The path is too long. A socket address has room for 107 bytes and a zero. The socket behind the link has a path that is five bytes
    /// longer.
    #[error("the socket of FN_LISTENER, '{path}', has a path of more than {MAX_PATH} bytes")]
    TooLong {
        /// The path that does not fit.
        path: String,
    },
    /// Older formats (`default`, `json`, `http`, `cloudevent`) used stdin. No platform supports them any more.
    #[error("FN_FORMAT is '{value}'; only 'http-stream' is supported")]
    Format {
        /// The variable's value.
        value: String,
    },
    /// The value is not a number of megabytes in digits.
    #[error("FN_MEMORY is '{value}', which is not a number of megabytes")]
    Memory {
        /// The variable's value.
        value: String,
    },
}

/// Maximum length of a socket's path: that of Linux's `sun_path`, less the zero at its end. fn/develop/fn-format.md gives the same number.
const MAX_PATH: usize = 107;

fn join(problems: &[ContractProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Contract {
    /// Reads the contract from an environment, for example `&std::env::vars_os().collect::<Vec<_>>()`.
    ///
    /// Returns `None` if `FN_LISTENER` is not set. In that case Fn did not start the program, which may be a command-line program instead.
    ///
    /// A missing `FN_FORMAT` means `http-stream`, as in fdk-go; fdk-python rejects it. If a variable appears more than once, the last value
    /// counts. Bytes that are not UTF-8 become replacement characters, except in the listener's path.
    ///
    /// # Errors
    ///
    /// Reports all invalid variables together.
    pub fn from_environment(environment: &[(OsString, OsString)]) -> Result<Option<Self>, ContractError> {
        let raw = |name: &str| {
            environment.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
        };
        let text = |name: &str| {
            raw(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
        };
        let Some(listener) = raw("FN_LISTENER") else { return Ok(None) };

        let mut problems = Vec::new();
        let listener = match socket_path(listener) {
            Ok(path) => path,
            Err(problem) => {
                problems.push(problem);
                PathBuf::new()
            }
        };
        if let Some(value) = text("FN_FORMAT").filter(|value| value != "http-stream") {
            problems.push(ContractProblem::Format { value });
        }
        let memory_mb = match text("FN_MEMORY").map(|value| value.parse().map_err(|_| value)) {
            None => None,
            Some(Ok(memory)) => Some(memory),
            Some(Err(value)) => {
                problems.push(ContractProblem::Memory { value });
                None
            }
        };
        if !problems.is_empty() {
            return Err(ContractError { problems });
        }
        let (app_name, fn_name) = (text("FN_APP_NAME"), text("FN_FN_NAME").or_else(|| text("FN_NAME")));
        Ok(Some(Contract {
            listener,
            memory_mb,
            cpus: text("FN_CPUS").and_then(|value| cpus(&value)),
            log_frame: LogFrame::new(text("FN_LOGFRAME_NAME"), text("FN_LOGFRAME_HDR")),
            tracing: Tracing::new(
                text("OCI_TRACING_ENABLED").as_deref(),
                text("OCI_TRACE_COLLECTOR_URL"),
                app_name.as_deref(),
                fn_name.as_deref(),
            ),
            app_id: text("FN_APP_ID"),
            fn_id: text("FN_FN_ID"),
            app_name,
            fn_name,
        }))
    }

    /// Returns the path at which the agent looks for the socket, for example `/tmp/iofs/lsnr.sock`.
    pub fn listener(&self) -> &Path {
        &self.listener
    }

    /// Returns `FN_MEMORY`: the container's memory limit in MB, beyond which it is killed.
    pub fn memory_mb(&self) -> Option<u64> {
        self.memory_mb
    }

    /// Returns `FN_CPUS` in cores: 0.1 for `100m`. Only Oracle's platform sets it. Also returns `None` if the value cannot be parsed.
    pub fn cpus(&self) -> Option<f64> {
        self.cpus
    }

    /// Returns `FN_APP_ID`, which is an OCID on OCI.
    pub fn app_id(&self) -> Option<&str> {
        self.app_id.as_deref()
    }

    /// Returns `FN_FN_ID`, which is an OCID on OCI.
    pub fn fn_id(&self) -> Option<&str> {
        self.fn_id.as_deref()
    }

    /// Returns `FN_APP_NAME`.
    pub fn app_name(&self) -> Option<&str> {
        self.app_name.as_deref()
    }

    /// Returns `FN_FN_NAME` (the name in the FDKs), or else `FN_NAME` (the name in the documentation).
    pub fn fn_name(&self) -> Option<&str> {
        self.fn_name.as_deref()
    }

    /// Returns how calls are framed in the log, or `None` if the platform did not ask for frames.
    pub fn log_frame(&self) -> Option<&LogFrame> {
        self.log_frame.as_ref()
    }

    /// Returns whether calls are traced, and where spans go.
    pub fn tracing(&self) -> &Tracing {
        &self.tracing
    }
}

fn socket_path(value: &OsStr) -> Result<PathBuf, ContractProblem> {
    use std::os::unix::ffi::OsStrExt;
    let text = || value.to_string_lossy().into_owned();
    let path = match value.as_bytes().strip_prefix(b"unix:") {
        Some(path) if path.starts_with(b"/") => Path::new(OsStr::from_bytes(path)),
        _ => return Err(ContractProblem::NotUnix { value: text() }),
    };
    let named = !path.as_os_str().as_bytes().ends_with(b"/");
    let Some(phony) = crate::listener::phony(path).filter(|_| named) else {
        return Err(ContractProblem::NoFile { value: text() });
    };
    if phony.as_os_str().len() > MAX_PATH {
        return Err(ContractProblem::TooLong { path: phony.to_string_lossy().into_owned() });
    }
    Ok(path.to_owned())
}

/// Parses a number of CPUs in Kubernetes' notation: `2`, `0.5`, `100m`.
fn cpus(text: &str) -> Option<f64> {
    let (digits, unit) = text.strip_suffix('m').map_or((text, 1.0), |digits| (digits, 1000.0));
    digits.parse::<f64>().ok().map(|number| number / unit).filter(|cpus| cpus.is_finite() && *cpus > 0.0)
}

#[cfg(test)]
#[path = "contract_tests.rs"]
mod tests;
