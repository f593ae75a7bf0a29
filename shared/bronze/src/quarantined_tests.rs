use super::*;

const ERROR: &str = r#""error":{"code":"x","message":"}"}"#;

fn read(line: &str) -> Quarantined {
    Quarantined::read(line.as_bytes())
}

fn line(text: &str) -> Quarantined {
    Quarantined::Line(text.into())
}

#[test]
fn the_error_is_removed_and_nothing_else() {
    for source in [
        r#"{"stream":"s"}"#,
        r#"{"a" : 1 }"#,
        r#"{"raw":"AAEC","more":1}"#,
        r#"{"raw":1}"#,
        r#"{"entry":"e30=","raw":"e30="}"#,
    ] {
        let entry = format!("{},{ERROR}}}", source.strip_suffix('}').unwrap());
        assert_eq!(read(&entry), line(source));
    }
}

#[test]
fn an_object_that_no_quarantine_wrote_is_a_line() {
    for other in [
        "",
        "x",
        "[]",
        "{}",
        r#"{"raw":"AAEC"}"#,
        r#"{"error":"mine"}"#,
        r#"{"error":{"code":"x"},"a":1}"#,
        r#"{"error":{"code":1}}"#,
    ] {
        assert_eq!(read(other), line(other));
    }
}

#[test]
fn of_two_errors_only_the_last_is_removed() {
    let source = r#"{"a":1,"error":{"code":"mine"}}"#;
    assert_eq!(read(r#"{"a":1,"error":{"code":"mine"}, "error" : {"code" : "b"}}"#), line(source));
}

#[test]
fn base64_is_decoded_once_and_entries_down_to_the_last() {
    // What a source line looks like must not matter: it was kept as base64.
    let source = format!(r#"{{"raw":"e30=",{ERROR}}}"#);
    let base64 = |bytes: &str| {
        let mut text = Vec::new();
        crate::encode_base64(bytes.as_bytes(), &mut text);
        String::from_utf8(text).unwrap()
    };
    let entry = format!(r#"{{"raw":"{}",{ERROR}}}"#, base64(&source));
    assert_eq!(read(&entry), line(&source));
    let outer = format!(r#"{{"entry":"{}",{ERROR}}}"#, base64(&entry));
    assert_eq!(read(&outer), line(&source));
    for undecodable in
        [r#"{"raw":"A"#.to_owned() + "\"," + ERROR + "}", r#"{"entry":"A"#.to_owned() + "\"," + ERROR + "}"]
    {
        assert_eq!(read(&undecodable), Quarantined::Undecodable(undecodable.clone().into()));
    }
}

#[test]
fn a_value_comes_with_its_position() {
    let entry = |partition: &str| {
        format!(
            r#"{{"raw":"e30=","record":{{"stream":"file:///x","partition":{partition},"offset":       7}},{ERROR}}}"#
        )
    };
    let value = |partition: Option<&str>| {
        Quarantined::Value(QuarantinedValue {
            value: b"{}".into(),
            stream: "file:///x".into(),
            partition: partition.map(Into::into),
            offset: 7,
        })
    };
    assert_eq!(read(&entry("null")), value(None));
    assert_eq!(read(&entry("\"3\"")), value(Some("3")));
    assert_eq!(read(&format!("{{{ERROR}}}")), Quarantined::Remark);
}

#[test]
fn the_error_is_that_of_the_outermost_entry() {
    let inner = r#"{"raw":"e30=","error":{"code":"a"}}"#;
    let entry = format!(r#"{{"entry":"{}","error":{{"code":"b", "n":1}}}}"#, base64(inner));
    let (content, error) = Quarantined::read_with_error(entry.as_bytes());
    assert_eq!((content, error), (Quarantined::Line(b"{}".to_vec()), Some(r#"{"code":"b", "n":1}"#)));
    assert_eq!(Quarantined::read_with_error(br#"{"error":5}"#).1, None);
}

fn base64(text: &str) -> String {
    let mut base64 = Vec::new();
    crate::encode_base64(text.as_bytes(), &mut base64);
    String::from_utf8(base64).unwrap()
}
