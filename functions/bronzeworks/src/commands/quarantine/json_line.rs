use super::objects::QuarantineObject;
use crate::refused::{Refusable, Refused, text};
use json::Scanner;
use serde::Serialize;

/// A refused record, as `--json` prints it, without its content.
#[derive(Serialize)]
struct Members<'a> {
    source: &'a str,
    line: Option<u64>,
    byte: Option<u64>,
    code: &'a str,
    field: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    quarantine: &'a str,
    open: bool,
}

/// Returns the line that `--json` prints for a record, without a newline.
pub(super) fn json_line(object: &QuarantineObject, refused: &Refused) -> String {
    let (error, position) = (&refused.error, refused.position.as_ref());
    let members = Members {
        source: &object.source,
        line: error.line,
        byte: error.byte,
        code: &error.code,
        field: error.field.as_deref(),
        message: &error.message,
        stream: position.map(|position| &*position.stream),
        partition: position.and_then(|position| position.partition.as_deref()),
        offset: position.map(|position| position.offset),
        quarantine: &object.key,
        open: object.open,
    };
    let mut line = serde_json::to_string(&members).expect("the members are plain data");
    if let Some(content) = &refused.content {
        line.pop();
        append_content(content, &mut line);
        line.push('}');
    }
    line
}

fn append_content(content: &Refusable, line: &mut String) {
    let what = if content.is_line { "line" } else { "value" };
    match text(content) {
        // As it was sent: a number keeps its digits. In JSON, line ends are only white space.
        Some(text) if !content.is_cut && is_json(text) => {
            *line += &format!(",\"{what}_json\":");
            line.extend(text.trim().chars().map(|character| match character {
                '\n' | '\r' => ' ',
                character => character,
            }));
        }
        Some(text) => {
            let text = serde_json::Value::from(text);
            *line += &format!(",\"{what}_text\":{text}");
        }
        None => {
            let mut base64 = Vec::new();
            bronze::encode_base64(&content.bytes, &mut base64);
            *line += &format!(",\"{what}_base64\":\"{}\"", String::from_utf8_lossy(&base64));
        }
    }
    if content.is_cut {
        *line += ",\"truncated\":true";
    }
}

fn is_json(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.any().and_then(|_| scanner.end()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refused::EntryError;

    fn line(bytes: &[u8], is_line: bool, is_cut: bool) -> String {
        let object = QuarantineObject { source: "s3://b/x".into(), key: "k".into(), entries: 1, open: true };
        let error =
            EntryError { code: "c".into(), field: None, message: "m\n".into(), line: Some(1), byte: Some(0) };
        let content = Some(Refusable { bytes: bytes.to_vec(), is_line, is_cut });
        let line = json_line(&object, &Refused { error, position: None, content });
        assert!(!line.contains('\n'), "{line}");
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
        line.split_once(r#""open":true,"#).unwrap().1.to_owned()
    }

    #[test]
    fn a_value_is_json_as_sent_or_text_or_base64() {
        assert_eq!(line(b"{\"n\":\n1.10,\"n\":2}\n", false, false), r#""value_json":{"n": 1.10,"n":2}}"#);
        assert_eq!(line(b"{\"n\":", false, false), r#""value_text":"{\"n\":"}"#);
        assert_eq!(line(b"\xff", false, false), r#""value_base64":"/w=="}"#);
    }

    #[test]
    fn a_line_without_a_record_and_the_beginning_of_a_value_say_so() {
        assert_eq!(line(b"1\x1b", true, false), r#""line_text":"1\u001b"}"#);
        assert_eq!(line(b"1", true, true), r#""line_text":"1","truncated":true}"#);
    }
}
