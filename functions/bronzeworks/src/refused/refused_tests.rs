use super::*;

const ERROR: &str =
    r#""error":{"code":"type_mismatch","field":"n","message":"expected int32","line":2,"byte":9}"#;

fn read(entry: &str) -> Refused {
    Refused::read(Line::Whole(entry.as_bytes()))
}

fn content(refused: &Refused) -> (&str, bool) {
    let content = refused.content.as_ref().unwrap();
    (str::from_utf8(&content.bytes).unwrap(), content.is_line)
}

#[test]
fn an_envelope_is_decoded_with_its_position() {
    let envelope = r#"{"stream":"s","partition":"3","key":null,"value":"e30=","offset":7,"timestamp":1,"#;
    let refused = read(&format!("{envelope}{ERROR}}}"));
    assert_eq!(content(&refused), ("{}", false));
    assert_eq!(refused.position.map(|position| position.offset), Some(7));
    assert_eq!((refused.error.code.as_str(), refused.error.line), ("type_mismatch", Some(2)));
    assert_eq!(refused.error.field.as_deref(), Some("n"));
}

#[test]
fn a_value_without_envelope_has_the_place_that_the_entry_gives() {
    let record = r#""record":{"stream":"file:///x","partition":null,"offset":4}"#;
    let refused = read(&format!(r#"{{"raw":"e30=",{record},{ERROR}}}"#));
    assert_eq!(content(&refused), ("{}", false));
    assert_eq!(refused.position.map(|position| position.offset), Some(4));
}

#[test]
fn a_line_without_a_record_is_shown_as_a_line() {
    assert_eq!(content(&read(&format!(r#"{{"raw":"bm9wZQ==",{ERROR}}}"#))), ("nope", true));
}

#[test]
fn a_remark_has_no_content() {
    let refused = read(r#"{"error":{"code":"truncated_gzip","message":"m","byte":3}}"#);
    assert_eq!((refused.content, refused.error.line, refused.error.byte), (None, None, Some(3)));
}

#[test]
fn an_entry_that_cannot_be_read_is_kept_and_says_so() {
    for entry in
        ["garbage", r#"{"raw":"bm9wZQ=="}"#, r#"{"error":{"code":"x"},"raw":"e30="}"#, r#"{"error":5}"#]
    {
        let refused = read(entry);
        assert_eq!(refused.error.code, UNREADABLE, "{entry}");
        assert_eq!(content(&refused), (entry, true));
    }
    assert_eq!(read(&format!(r#"{{"raw":"!",{ERROR}}}"#)).error.code, UNREADABLE);
}

#[test]
fn a_line_with_the_same_member_twice_is_read() {
    assert_eq!(read(&format!(r#"{{"stream":"s","stream":"s",{ERROR}}}"#)).error.code, "type_mismatch");
}

#[test]
fn a_long_entry_has_its_beginning_and_its_error() {
    let end = format!(r#"eHh4",{ERROR}}}"#);
    let refused = Refused::read(Line::Long(br#"{"raw":"bm9wZW5"#, end.as_bytes()));
    assert_eq!(content(&refused), ("nop", true));
    assert!(refused.content.as_ref().unwrap().is_cut);
    assert_eq!(refused.error.code, "type_mismatch");
    assert_eq!(Refused::read(Line::Long(b"{", b"}")).error.code, UNREADABLE);
}
