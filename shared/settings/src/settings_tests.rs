use super::*;
use crate::parse;

const KNOWN: &[Setting] = &[
    Setting { name: "LAKE_URL", flag: "--lake", default: None, about: "where the lake is" },
    Setting { name: "MEMORY", flag: "--memory", default: Some("512MB"), about: "the ceiling" },
    Setting { name: "JOBS", flag: "--jobs", default: Some("2"), about: "how many at a time" },
];

fn read(environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Settings {
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    let flags = flags.iter().map(|(flag, value)| (*flag, (*value).to_string()));
    Settings::new(KNOWN, &["LAKE_"], environment, flags)
}

#[test]
fn an_option_wins_over_a_variable_and_a_variable_over_the_default() {
    let mut settings = read(&[("LAKE_URL", "a"), ("MEMORY", "1GB")], &[("--lake", "b")]);
    assert_eq!(settings.take("LAKE_URL", parse::text), Some("b".into()));
    assert_eq!(settings.take("MEMORY", parse::size), Some(1_000_000_000));
    assert_eq!(settings.take("JOBS", parse::count), Some(2));
    assert_eq!(settings.finish(), Ok(()));
}

#[test]
fn a_missing_a_wrong_and_a_misspelt_setting_are_told_together() {
    let mut settings = read(&[("LAKE_ULR", "/x"), ("MEMROY", "1GB"), ("JOBZ", "1"), ("JOBS", "many")], &[]);
    settings.take("LAKE_URL", parse::text);
    settings.take("JOBS", parse::count);
    let text = settings.finish().unwrap_err().to_string();
    for part in [
        "LAKE_URL is not set",
        "LAKE_ULR is not a setting; did you mean LAKE_URL?",
        "did you mean MEMORY?",
        "JOBZ is not",
        "JOBS \"many\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn variables_of_others_are_none_of_our_business() {
    let mut settings =
        read(&[("LAKE_URL", "x"), ("MEMORY_PRESSURE_WATCH", "y"), ("JOB", "z"), ("PATH", "")], &[]);
    settings.take("LAKE_URL", parse::text);
    assert_eq!(settings.finish(), Ok(()));
}

#[test]
fn an_empty_variable_is_not_given() {
    let mut settings = read(&[("LAKE_URL", "")], &[]);
    assert_eq!(settings.take("LAKE_URL", parse::text), None);
    assert!(matches!(
        settings.finish().unwrap_err().problems[..],
        [Problem::Missing { name: "LAKE_URL", .. }]
    ));
}

#[test]
fn a_size_needs_a_unit() {
    assert_eq!(parse::size("512MB"), Ok(512_000_000));
    assert_eq!(parse::size("1 GiB"), Ok(1 << 30));
    assert!(parse::size("512").is_err());
    assert!(parse::size("lots").is_err());
}

#[test]
fn a_variable_with_white_space_at_an_end_is_wrong_and_an_option_may_have_it() {
    let known: &[Setting] = &[Setting { name: "PLACE", flag: "--place", default: None, about: "" }];
    let mut settings = Settings::new(known, &[], [("PLACE".into(), "/a ".into())], []);
    assert_eq!(settings.take("PLACE", parse::text), None);
    assert!(settings.finish().unwrap_err().to_string().contains("white space"));
    let mut settings = Settings::new(known, &[], [], [("--place", "/a ".to_owned())]);
    assert_eq!(settings.take("PLACE", parse::text).as_deref(), Some("/a "));
}
