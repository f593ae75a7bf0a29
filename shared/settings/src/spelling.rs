use crate::problem::{Problem, Warning};
use crate::setting::Program;

/// What an unknown variable is taken for.
pub(crate) enum Verdict {
    /// A variable of another program.
    Foreign,
    /// Perhaps a misspelled setting.
    Warning(Warning),
    /// Certainly meant for this program: a misspelled setting, or one that does not exist.
    Problem(Problem),
}

/// Longest name in which only one wrong character is tolerated. In a short word, two could make another word.
const SHORT: usize = 9;

/// Prefix of the variables of OCI's tools. Other variables with this prefix belong to those tools.
const OCI: &str = "OCI_";

/// Classifies a variable that is neither a setting of the program nor a variable of its libraries.
///
/// It is a problem only if nobody else can mean it: if it has a prefix that only this program uses, or if it is a near miss of a variable of
/// OCI's tools. Any other near miss (`LAKE_ULR`, `JOB`) is a warning, because another program may well use that variable.
pub(crate) fn judge(program: &Program, name: &str) -> Verdict {
    let known = || {
        let settings = program.settings.iter().map(|setting| setting.name);
        settings.chain(program.variables.iter().map(|variable| variable.name))
    };
    let nearest = known().min_by_key(|known| distance(known, name));
    let near = nearest.filter(|known| distance(known, name) <= slips(known));
    let ours = program.prefixes.iter().any(|prefix| name.starts_with(prefix)) && !is_kubernetes(name);
    match near {
        Some(meant) if ours || (name.starts_with(OCI) && meant.starts_with(OCI)) => {
            Verdict::Problem(Problem::Unknown { name: name.into(), meant: Some(meant) })
        }
        Some(meant) => Verdict::Warning(Warning { name: name.into(), meant }),
        None if ours => {
            let meant = nearest.filter(|known| distance(known, name) <= known.len() / 2);
            Verdict::Problem(Problem::Unknown { name: name.into(), meant })
        }
        None => Verdict::Foreign,
    }
}

fn distance(known: &str, name: &str) -> usize {
    match known.eq_ignore_ascii_case(name) {
        true => 1,
        false => strsim::osa_distance(known, name),
    }
}

fn slips(known: &str) -> usize {
    if known.len() > SHORT { 2 } else { 1 }
}

/// Returns whether Kubernetes sets the variable in every container: `INGEST_SERVICE_HOST`, `LAKE_PORT_8080_TCP_ADDR`.
///
/// <https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables>
fn is_kubernetes(name: &str) -> bool {
    let port = |rest: &str| {
        let mut words = rest.split('_');
        words.next() == Some("")
            && words.next().is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
            && matches!(words.next(), Some("TCP" | "UDP" | "SCTP"))
    };
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || name.split_once("_PORT").is_some_and(|(_, rest)| port(rest))
}

#[cfg(test)]
#[path = "spelling_tests.rs"]
mod tests;
