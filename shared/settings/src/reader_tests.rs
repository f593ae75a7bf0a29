use super::*;
use crate::parse;

const LAKE_URL: Setting<String> =
    Setting::required("LAKE_URL", "PATH|URL", parse::text, "where the lake is").option("lake");
const MEMORY: Setting<u64> = Setting::new("MEMORY", "SIZE", "512MB", parse::size, "").option("memory");
const JOBS: Setting<usize> = Setting::new("JOBS", "N", "2", parse::count, "").option("jobs");
const PROGRAM: Program = Program {
    name: "curate",
    settings: &[LAKE_URL.declaration(), MEMORY.declaration(), JOBS.declaration()],
    variables: &[],
    prefixes: &[],
};

fn reader(environment: &[(&str, &str)], options: &[(&'static str, &str)]) -> Reader {
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    let options = options.iter().map(|(option, value)| (*option, (*value).to_string()));
    Reader::new(&PROGRAM, environment, options)
}

#[test]
fn an_option_wins_over_a_variable_and_a_variable_over_the_default() {
    let mut reader = reader(&[("LAKE_URL", "a"), ("MEMORY", "1GB")], &[("lake", "b")]);
    assert_eq!(reader.take(&LAKE_URL), Some("b".into()));
    assert_eq!(reader.take(&MEMORY), Some(1_000_000_000));
    assert_eq!(reader.take(&JOBS), Some(2));
    assert_eq!(reader.finish(Some(())), Ok(((), vec![])));
}

#[test]
fn all_problems_are_reported_together() {
    let mut reader = reader(&[("LAKE_ULR", "/x"), ("JOBS", "many")], &[("memory", "512")]);
    assert_eq!(reader.take(&LAKE_URL), None);
    assert_eq!(reader.take(&MEMORY), None);
    assert_eq!(reader.take(&JOBS), None);
    assert_eq!(
        reader.finish(None::<()>).unwrap_err().to_string(),
        "invalid configuration:\n  \
         LAKE_ULR is not a setting; did you mean LAKE_URL?\n  \
         LAKE_URL is not set (--lake): where the lake is\n  \
         --memory \"512\": expected a size with its unit, such as 512MB or 1GiB\n  \
         JOBS \"many\": expected a whole number, at least 1"
    );
}

#[test]
fn a_warning_does_not_stop_the_program() {
    let reader = reader(&[("JOB", "3")], &[]);
    let (_, warnings) = reader.finish(Some(())).unwrap();
    assert_eq!(warnings, [Warning { name: "JOB".into(), meant: "JOBS" }]);
}

#[test]
fn warnings_come_with_the_problems_but_not_in_their_message() {
    let mut reader = reader(&[("JOB", "3"), ("LAKE_ULR", "/x")], &[]);
    assert_eq!(reader.take(&LAKE_URL), None);
    let problems = reader.finish(None::<()>).unwrap_err();
    assert_eq!(problems.warnings, [Warning { name: "JOB".into(), meant: "JOBS" }]);
    assert!(!problems.to_string().contains("JOB"));
}

#[test]
fn causes_are_on_indented_lines() {
    let invalid = |jobs: &str| {
        let mut reader = reader(&[("LAKE_URL", "/x"), ("JOBS", jobs)], &[]);
        reader.take(&JOBS);
        reader.invalid(&LAKE_URL, "cannot be used\ndisk is full".into());
        reader.finish(None::<()>).unwrap_err().to_string()
    };
    assert_eq!(invalid("1"), "invalid configuration: LAKE_URL \"/x\": cannot be used\n  disk is full");
    let several = invalid("0");
    assert!(several.ends_with("\n  LAKE_URL \"/x\": cannot be used\n    disk is full"), "{several}");
}

#[test]
fn an_empty_variable_is_not_given() {
    let mut reader = reader(&[("LAKE_URL", "")], &[]);
    assert_eq!(reader.take(&LAKE_URL), None);
    let problems = reader.finish(None::<()>).unwrap_err().problems;
    assert!(matches!(problems[..], [Problem::Missing { name: "LAKE_URL", .. }]));
}

#[test]
fn a_fallback_comes_before_the_default_and_after_what_is_given() {
    let mut unset = reader(&[], &[]);
    unset.fall_back(&MEMORY, "FN_MEMORY", "128MB".into());
    assert_eq!(unset.take(&MEMORY), Some(128_000_000));
    unset.invalid(&MEMORY, "is too small".into());
    assert_eq!(
        unset.finish(None::<()>).unwrap_err().to_string(),
        "invalid configuration: FN_MEMORY \"128MB\": is too small"
    );
    let mut set = reader(&[("MEMORY", "1GB")], &[]);
    set.fall_back(&MEMORY, "FN_MEMORY", "128MB".into());
    assert_eq!(set.take(&MEMORY), Some(1_000_000_000));
}

#[test]
fn a_size_needs_a_unit() {
    assert_eq!(parse::size("512MB"), Ok(512_000_000));
    assert_eq!(parse::size("1 GiB"), Ok(1 << 30));
    assert!(parse::size("512").is_err());
    assert!(parse::size("lots").is_err());
}

#[test]
fn a_variable_may_not_end_with_white_space_but_an_option_may() {
    let mut variable = reader(&[("LAKE_URL", "/a ")], &[]);
    assert_eq!(variable.take(&LAKE_URL), None);
    assert!(variable.finish(None::<()>).unwrap_err().to_string().contains("whitespace"));
    let mut option = reader(&[], &[("lake", "/a ")]);
    assert_eq!(option.take(&LAKE_URL).as_deref(), Some("/a "));
}

#[test]
#[cfg(unix)]
fn a_value_that_is_not_utf_8_is_a_problem() {
    use std::os::unix::ffi::OsStringExt;
    let value = OsString::from_vec(vec![b'/', 0xff]);
    let reader = Reader::new(&PROGRAM, [("LAKE_URL".into(), value)], []);
    assert!(reader.finish(Some(())).unwrap_err().to_string().contains("is not UTF-8"));
}
