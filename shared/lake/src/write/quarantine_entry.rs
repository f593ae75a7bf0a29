use bronze::{Damage, Kept};
use serde::Serialize;

/// The `error` member of a quarantine entry: why a line or an object is in quarantine.
#[derive(Debug, Serialize)]
pub(crate) struct QuarantineError<'a> {
    pub(crate) code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'a str>,
    pub(crate) message: &'a str,
    /// Line number, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Byte offset of the line in the object's text. For a damaged object, the offset in the object as stored.
    pub(crate) byte: u64,
}

impl QuarantineError<'_> {
    /// Appends an entry to `out`: the line as it is kept, with this error as its last member.
    pub(crate) fn append_to(&self, kept: &Kept<'_>, out: &mut Vec<u8>) {
        match kept {
            Kept::Object { line, old_error } => {
                let (start, end) = (line.len() - line.trim_ascii_start().len(), line.trim_ascii_end().len());
                // Replace an error that an earlier quarantine appended, so that entries don't grow each time they are reprocessed.
                let object = match old_error {
                    Some(old) if line[old.end..end].trim_ascii() == b"}" => &line[start..old.start],
                    _ => &line[start..end - 1],
                };
                out.extend_from_slice(object);
                out.push(b',');
                self.append_last_member(out);
            }
            Kept::Raw(line) => {
                begin_raw(out);
                bronze::encode_base64(line, out);
                self.end_raw(out);
            }
            Kept::BadRaw(text) => {
                begin_raw(out);
                out.extend_from_slice(text.as_bytes());
                self.end_raw(out);
            }
        }
    }

    /// Ends an entry that [`begin_raw`] began.
    pub(crate) fn end_raw(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\",");
        self.append_last_member(out);
    }

    fn append_last_member(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"error\":");
        serde_json::to_writer(&mut *out, self)
            .expect("an error is plain data, and writing to memory does not fail");
        out.extend_from_slice(b"}\n");
    }
}

/// Begins the entry of a line that is kept in base64. The caller appends the base64.
pub(crate) fn begin_raw(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"raw\":\"");
}

/// Returns the quarantine entry for a damaged object.
pub fn remark(damage: &Damage) -> Vec<u8> {
    let mut out = vec![b'{'];
    let code = damage.kind.code();
    let error =
        QuarantineError { code, field: None, message: &damage.message, line: None, byte: damage.byte };
    error.append_last_member(&mut out);
    out
}
