use crate::log_frame::LogFrame;
use crate::trace::Tracing;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What the platform tells a function by its environment.
///
/// Everything but `FN_LISTENER` is optional: the open-source server sets neither names nor CPUs, Oracle's sets both.
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

/// Everything that is wrong with the environment, so that one failed start tells it all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment does not keep to Fn's contract: {}", join(.problems))]
pub struct ContractError {
    /// At least one, in the order in which the variables were looked at.
    pub problems: Vec<ContractProblem>,
}

/// One variable that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractProblem {
    /// Fn knows only Unix sockets, by absolute paths.
    #[error("FN_LISTENER is '{value}', which does not begin with 'unix:/'")]
    NotUnix {
        /// What stands there.
        value: String,
    },
    /// The path names a folder, so there is no name for a socket.
    #[error("FN_LISTENER is '{value}', which names no file")]
    NoFile {
        /// What stands there.
        value: String,
    },
    /// A socket's address has room for 107 bytes and a zero, also that of the socket behind the link, which is five longer.
    #[error("the socket of FN_LISTENER, '{path}', has a path of more than {LONGEST_PATH} bytes")]
    TooLong {
        /// The path that does not fit.
        path: String,
    },
    /// Older formats (`default`, `json`, `http`, `cloudevent`) went over stdin; no platform speaks them any more.
    #[error("FN_FORMAT is '{value}'; only 'http-stream' is spoken here")]
    Format {
        /// What stands there.
        value: String,
    },
    /// Megabytes, in digits.
    #[error("FN_MEMORY is '{value}', which is no number of megabytes")]
    Memory {
        /// What stands there.
        value: String,
    },
}

/// `sun_path` of Linux, less the zero at its end (fn/develop/fn-format.md says the same).
const LONGEST_PATH: usize = 107;

fn join(problems: &[ContractProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Contract {
    /// Reads the environment, e.g. `&std::env::vars_os().collect::<Vec<_>>()`.
    ///
    /// `None` where `FN_LISTENER` is not set: the program was not started by Fn, and may be a command line instead.
    ///
    /// An absent `FN_FORMAT` is taken for `http-stream`, as fdk-go does; fdk-python refuses it. Of a variable that stands there
    /// twice the last counts. What is not UTF-8 is read with replacement characters, but for the listener's path, where a byte is a byte.
    ///
    /// # Errors
    ///
    /// All that is wrong, at once.
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

    /// Where the agent looks for the socket, e.g. `/tmp/iofs/lsnr.sock`.
    pub fn listener(&self) -> &Path {
        &self.listener
    }

    /// `FN_MEMORY`: what the container may use, in MB; its end is an OOM kill.
    pub fn memory_mb(&self) -> Option<u64> {
        self.memory_mb
    }

    /// `FN_CPUS` in cores, e.g. 0.1 for `100m`. Only Oracle's platform tells it; `None` also where it is not understood.
    pub fn cpus(&self) -> Option<f64> {
        self.cpus
    }

    /// `FN_APP_ID`, an OCID on OCI.
    pub fn app_id(&self) -> Option<&str> {
        self.app_id.as_deref()
    }

    /// `FN_FN_ID`, an OCID on OCI.
    pub fn fn_id(&self) -> Option<&str> {
        self.fn_id.as_deref()
    }

    /// `FN_APP_NAME`.
    pub fn app_name(&self) -> Option<&str> {
        self.app_name.as_deref()
    }

    /// `FN_FN_NAME`, as the FDKs call it, or `FN_NAME`, as the documentation does.
    pub fn fn_name(&self) -> Option<&str> {
        self.fn_name.as_deref()
    }

    /// How calls are framed in the log; `None` where the platform did not ask for it.
    pub fn log_frame(&self) -> Option<&LogFrame> {
        self.log_frame.as_ref()
    }

    /// Whether calls are traced, and whereto.
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
    if phony.as_os_str().len() > LONGEST_PATH {
        return Err(ContractProblem::TooLong { path: phony.to_string_lossy().into_owned() });
    }
    Ok(path.to_owned())
}

/// Kubernetes' way of writing it: `2`, `0.5`, `100m`.
fn cpus(text: &str) -> Option<f64> {
    let (digits, unit) = text.strip_suffix('m').map_or((text, 1.0), |digits| (digits, 1000.0));
    digits.parse::<f64>().ok().map(|number| number / unit).filter(|cpus| cpus.is_finite() && *cpus > 0.0)
}

#[cfg(test)]
#[path = "contract_tests.rs"]
mod tests;
