use super::*;
use crate::request::{KeyRules, Wrapper};

const STREAM: &str = "ocid1.stream.oc1.eu-frankfurt-1.aaaa";

fn read(environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Config, String> {
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    let flags = flags.iter().map(|(flag, value)| (*flag, (*value).to_owned()));
    Config::read(environment, flags).map(|(config, _)| config).map_err(|problems| problems.to_string())
}

#[test]
fn only_the_stream_and_the_key_are_required() {
    let config = read(&[("STREAM_ID", STREAM), ("KEY", "none")], &[]).unwrap();
    assert_eq!((config.stream_id.as_str(), config.stream_endpoint, config.order), (STREAM, None, Order::Key));
    assert_eq!(config.log_level, LevelFilter::INFO);
    let Admission { wrapper, schema, max_body, .. } = config.admission;
    assert_eq!((wrapper, schema, max_body), (Wrapper::None, None, 6 << 20));
}

#[test]
fn every_setting_is_read_and_options_win_over_variables() {
    let variables = [
        ("STREAM_ID", STREAM),
        ("STREAM_ENDPOINT", "https://cell-1.streaming.eu-frankfurt-1.oci.oraclecloud.com"),
        ("KEY", "header:X-Key,none"),
        ("ENVELOPE", "journal"),
        ("TABLE_SCHEMA", "gl-journal"),
        ("ORDER", "none"),
        ("MAX_BODY", "1MB"),
        ("LISTEN", "127.0.0.1:9"),
        ("MAX_SECONDS", "7"),
        ("MAX_HELD", "32MB"),
        ("PARTITION_RATE", "none"),
        ("LOG_LEVEL", "off"),
        ("LOG_FORMAT", "text"),
    ];
    assert_eq!(
        variables.map(|(name, _)| name).to_vec(),
        PROGRAM.settings.iter().map(|setting| setting.name).collect::<Vec<_>>()
    );
    let config = read(&variables, &[("max-body", "2MB"), ("log-level", "debug")]).unwrap();
    assert_eq!(config.stream_endpoint.as_deref(), Some(variables[1].1));
    assert_eq!((config.order, config.log_level), (Order::None, LevelFilter::DEBUG));
    assert_eq!(config.log_format, Format::Text);
    let listen = "127.0.0.1:9".parse().unwrap();
    let patience = Duration::from_secs(7);
    let service = ServiceConfig { listen, patience, max_held: 32_000_000 };
    assert_eq!((config.service, config.partition_rate), (service, None));
    let Admission { key, wrapper, schema, max_body } = config.admission;
    assert_eq!(key, KeyRules::parse("header:X-Key,none").unwrap());
    assert_eq!((wrapper, max_body), (Wrapper::Journal, 2_000_000));
    assert_eq!(schema.unwrap().name(), "gl-journal");
}

#[test]
fn the_service_has_defaults_and_its_settings_are_checked() {
    let needed = [("STREAM_ID", STREAM), ("KEY", "none")];
    let Config { service, partition_rate, .. } = read(&needed, &[]).unwrap();
    let ServiceConfig { listen, patience, max_held } = service;
    assert_eq!((listen.to_string(), patience), ("0.0.0.0:8080".to_owned(), Duration::from_secs(30)));
    assert_eq!((max_held, partition_rate), (64_000_000, Some(1_000_000)));
    for (flag, value, problem) in [
        ("listen", "localhost", "expected an IP address and a port"),
        ("max-seconds", "301", "expected at most 300"),
        ("max-held", "7MB", "is less than twice MAX_BODY"),
        ("partition-rate", "0MB", "expected more than 0 bytes"),
        ("partition-rate", "fast", "expected a size with its unit"),
    ] {
        let told = read(&needed, &[(flag, value)]).unwrap_err();
        assert!(told.contains(problem) && told.contains(flag), "{told}");
    }
}

#[test]
fn all_problems_are_reported_together() {
    let variables = [
        ("STREAM_ID", "ledger"),
        ("STREAM_ENDPOINT", "cell-1"),
        ("ENVELOPE", "ledger"),
        ("TABLE_SCHEMA", "{\"name\": \"t\"}"),
        ("ORDER", "strict"),
        ("MAX_BODY", "6"),
        ("LOG_LEVEL", "3"),
        ("LOG_FORMAT", "xml"),
        ("INGEST_STREAM", "x"),
    ];
    let problems = read(&variables, &[]).unwrap_err();
    for part in [
        "STREAM_ID \"ledger\"",
        "STREAM_ENDPOINT \"cell-1\": expected a URL",
        "KEY is not set",
        "ENVELOPE \"ledger\": expected none or journal",
        "not a schema file",
        "ORDER \"strict\"",
        "MAX_BODY \"6\": expected a size with its unit",
        "LOG_LEVEL \"3\"",
        "LOG_FORMAT \"xml\": expected text, json or auto",
        "INGEST_STREAM is not a setting",
    ] {
        assert!(problems.contains(part), "{part}: {problems}");
    }
}

#[test]
fn a_misspelled_oci_variable_is_a_problem_and_a_misspelled_word_a_warning() {
    let needed = [("STREAM_ID", STREAM), ("KEY", "none")];
    let with = |name: &str| {
        let environment = needed.into_iter().chain([(name, "x")]);
        Config::read(environment.map(|(name, value)| (name.into(), value.into())), [])
    };
    let problem = with("OCI_CLI_PROFIL").unwrap_err().to_string();
    assert!(problem.contains("did you mean OCI_CLI_PROFILE?"), "{problem}");
    let (_, warnings) = with("ORDERS").unwrap();
    assert_eq!(warnings[0].to_string(), "ORDERS is ignored; did you mean ORDER?");
    assert!(with("INGEST_SERVICE_HOST").unwrap().1.is_empty(), "Kubernetes sets it");
}

#[test]
fn a_schema_may_be_a_file_or_its_json() {
    let json = r#"{"name":"t","version":1,"columns":[{"name":"c","type":"string"}]}"#;
    let path = std::env::temp_dir().join(format!("ingest-schema-{}.json", std::process::id()));
    std::fs::write(&path, json).unwrap();
    for location in [json, path.to_str().unwrap()] {
        let config =
            read(&[("STREAM_ID", STREAM), ("KEY", "none"), ("TABLE_SCHEMA", location)], &[]).unwrap();
        assert_eq!(config.admission.schema.unwrap().name(), "t");
    }
    std::fs::remove_file(&path).unwrap();
    let gone = read(&[("STREAM_ID", STREAM), ("KEY", "none"), ("TABLE_SCHEMA", path.to_str().unwrap())], &[]);
    assert!(gone.unwrap_err().contains("expected none, a built-in schema (gl-journal) or a schema file"));
}

#[test]
fn sizes_have_bounds() {
    for (size, problem) in [("0MB", "expected more than 0 bytes"), ("1GB", "expected at most 67108864 bytes")]
    {
        let problems = read(&[("STREAM_ID", STREAM), ("KEY", "none"), ("MAX_BODY", size)], &[]).unwrap_err();
        assert!(problems.contains(problem), "{problems}");
    }
}
