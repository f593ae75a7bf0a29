#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use std::os::unix::ffi::OsStringExt;

fn read(variables: &[(&str, &str)]) -> Result<Option<Contract>, ContractError> {
    let environment: Vec<_> = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    Contract::from_environment(&environment)
}

const LISTENER: (&str, &str) = ("FN_LISTENER", "unix:/tmp/iofs/lsnr.sock");

#[test]
fn without_a_listener_there_is_no_contract_whatever_else_is_set() {
    assert_eq!(read(&[]), Ok(None));
    assert_eq!(read(&[("FN_FORMAT", "json"), ("FN_MEMORY", "much")]), Ok(None));
}

#[test]
fn the_environment_of_the_open_source_server_is_enough() {
    let contract = read(&[
        LISTENER,
        ("FN_FORMAT", "http-stream"),
        ("FN_MEMORY", "128"),
        ("FN_TYPE", "sync"),
        ("FN_FN_ID", "01F"),
        ("FN_APP_ID", "01A"),
    ]);
    let contract = contract.unwrap().unwrap();
    assert_eq!(contract.listener(), Path::new("/tmp/iofs/lsnr.sock"));
    assert_eq!((contract.memory_mb(), contract.cpus()), (Some(128), None));
    assert_eq!((contract.app_id(), contract.fn_id()), (Some("01A"), Some("01F")));
    assert_eq!((contract.app_name(), contract.fn_name()), (None, None));
    assert_eq!((contract.log_frame(), contract.tracing().enabled()), (None, false));
}

#[test]
fn everything_that_oracles_platform_sets_is_available() {
    let contract = read(&[
        LISTENER,
        ("FN_CPUS", "100m"),
        ("FN_APP_NAME", "Shop"),
        ("FN_FN_NAME", "Curate"),
        ("FN_NAME", "other"),
        ("FN_LOGFRAME_NAME", "frame"),
        ("FN_LOGFRAME_HDR", "Fn-Frame"),
        ("OCI_TRACING_ENABLED", "1"),
        ("OCI_TRACE_COLLECTOR_URL", "https://apm/upload"),
    ]);
    let contract = contract.unwrap().unwrap();
    assert_eq!(
        (contract.cpus(), contract.app_name(), contract.fn_name()),
        (Some(0.1), Some("Shop"), Some("Curate"))
    );
    let frame = contract.log_frame().unwrap();
    assert_eq!((frame.name(), frame.header()), ("frame", "fn-frame"));
    assert_eq!(
        (contract.tracing().enabled(), contract.tracing().collector_url()),
        (true, Some("https://apm/upload"))
    );
    assert_eq!(contract.tracing().service_name(), "shop::curate");
    assert_eq!(read(&[LISTENER, ("FN_NAME", "x")]).unwrap().unwrap().fn_name(), Some("x"));
}

#[test]
fn all_problems_are_reported_together() {
    let error =
        read(&[("FN_LISTENER", "tcp://:8080"), ("FN_FORMAT", "json"), ("FN_MEMORY", "128MB")]).unwrap_err();
    assert_eq!(error.problems.len(), 3);
    assert_eq!(
        error.to_string(),
        "the environment violates Fn's contract: FN_LISTENER is 'tcp://:8080', which does not begin with 'unix:/'; \
         FN_FORMAT is 'json'; only 'http-stream' is supported; FN_MEMORY is '128MB', which is not a number of megabytes"
    );
}

#[test]
fn listeners_that_do_not_name_a_socket_are_refused() {
    for (listener, long) in [
        ("", false),
        ("unix:", false),
        ("unix:lsnr.sock", false),
        ("/tmp/lsnr.sock", false),
        ("unix:/", false),
        ("unix:/tmp/", false),
        ("unix:/tmp/..", false),
    ] {
        let problems = read(&[("FN_LISTENER", listener)]).unwrap_err().problems;
        assert!(
            matches!(problems[..], [ContractProblem::NotUnix { .. } | ContractProblem::NoFile { .. }])
                && !long,
            "{listener}: {problems:?}"
        );
    }
}

#[test]
fn the_longest_path_is_that_of_the_socket_behind_the_link() {
    // The prefix `phony` makes the path five bytes longer, and only 107 bytes fit.
    let path = |length: usize| format!("unix:/tmp/{}", "x".repeat(length - "/tmp/".len()));
    assert!(read(&[("FN_LISTENER", &path(102))]).is_ok());
    let problems = read(&[("FN_LISTENER", &path(103))]).unwrap_err().problems;
    assert!(matches!(&problems[..], [ContractProblem::TooLong { path }] if path.len() == 108));
}

#[test]
fn an_empty_variable_counts_as_not_set_except_the_listener() {
    let contract = read(&[
        LISTENER,
        ("FN_FORMAT", ""),
        ("FN_MEMORY", ""),
        ("FN_APP_NAME", ""),
        ("FN_LOGFRAME_NAME", ""),
        ("FN_LOGFRAME_HDR", "x"),
    ]);
    let contract = contract.unwrap().unwrap();
    assert_eq!((contract.memory_mb(), contract.app_name(), contract.log_frame()), (None, None, None));
}

#[test]
fn cpus_are_in_cores_or_thousandths_of_one() {
    for (text, expected) in [
        ("2", Some(2.0)),
        ("0.5", Some(0.5)),
        ("1500m", Some(1.5)),
        ("m", None),
        ("lots", None),
        ("-1", None),
        ("inf", None),
        ("NaN", None),
        ("0", None),
    ] {
        assert_eq!(read(&[LISTENER, ("FN_CPUS", text)]).unwrap().unwrap().cpus(), expected, "{text}");
    }
}

#[test]
fn variables_that_are_not_utf_8_are_tolerated() {
    let odd = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let environment = [
        ("FN_LISTENER".into(), odd(b"unix:/tmp/\xff.sock")),
        ("FN_APP_NAME".into(), odd(b"a\xff")),
        (odd(b"\xff"), "x".into()),
    ];
    let contract = Contract::from_environment(&environment).unwrap().unwrap();
    assert_eq!(contract.listener().as_os_str(), odd(b"/tmp/\xff.sock").as_os_str());
    assert_eq!(contract.app_name(), Some("a\u{fffd}"));
}
