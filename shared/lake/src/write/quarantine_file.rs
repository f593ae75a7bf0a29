use crate::parquet_file::FileSummary;
use crate::run::hex;
use bronze::Damage;
use flate2::{Compress, Compression, FlushCompress};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// zlib's fastest level: quarantine is written when things go wrong, and then perhaps for every line.
const LEVEL: Compression = Compression::fast();

/// Text is compressed in blocks of this size: where zlib is given its input has a say in its output, and the
/// output must not depend on how lines were dealt out to threads.
const BLOCK: usize = 64 << 10;

/// Why a line or an object is in quarantine: the member that is added to the envelope.
#[derive(Debug, Serialize)]
pub(crate) struct QuarantineError<'a> {
    pub(crate) code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'a str>,
    pub(crate) message: &'a str,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Where the line begins in the object's text; for a damaged object, where in the object itself.
    pub(crate) byte: u64,
}

impl QuarantineError<'_> {
    /// Appends an envelope as it came, with this error as its last member, in the place of one that an earlier
    /// quarantine put there.
    pub(crate) fn append_envelope(
        &self,
        line: &[u8],
        old: Option<std::ops::Range<usize>>,
        out: &mut Vec<u8>,
    ) {
        let line = line.trim_ascii();
        let envelope = match old {
            Some(old) if line[old.end..].trim_ascii() == b"}" => &line[..old.start],
            _ => &line[..line.len() - 1],
        };
        out.extend_from_slice(envelope);
        out.push(b',');
        self.append_last_member(out);
    }

    /// Appends a line that is no envelope: `{"raw": …, "error": …}`.
    pub(crate) fn append_raw(&self, line: &[u8], out: &mut Vec<u8>) {
        begin_raw(out);
        bronze::encode_base64(line, out);
        self.end_raw(out);
    }

    /// Ends what [`begin_raw`] began.
    pub(crate) fn end_raw(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\",");
        self.append_last_member(out);
    }

    fn append_last_member(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"error\":");
        serde_json::to_writer(&mut *out, self).expect("an error is plain data, and memory takes it");
        out.extend_from_slice(b"}\n");
    }
}

/// Appends the beginning of a line that is no envelope: its base64 follows.
pub(crate) fn begin_raw(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"raw\":\"");
}

/// The entry for a damaged object.
pub fn remark(damage: &Damage) -> Vec<u8> {
    let mut out = vec![b'{'];
    let code = damage.kind.code();
    let error =
        QuarantineError { code, field: None, message: &damage.message, line: None, byte: damage.byte };
    error.append_last_member(&mut out);
    out
}

/// A quarantine object that is being written: entries in, gzip out.
pub(crate) struct QuarantineFile {
    compress: Compress,
    /// What does not fill a block yet.
    pending: Vec<u8>,
    digest: Sha256,
    entries: u64,
    bytes: u64,
}

impl QuarantineFile {
    pub(crate) fn new() -> Self {
        QuarantineFile {
            compress: Compress::new_gzip(LEVEL, 15),
            pending: Vec::new(),
            digest: Sha256::new(),
            entries: 0,
            bytes: 0,
        }
    }

    /// Compresses text that holds so many entries, or the ends of so many.
    pub(crate) fn write(&mut self, text: &[u8], entries: u64) -> Vec<u8> {
        self.entries += entries;
        let mut out = Vec::new();
        let mut rest = text;
        while self.pending.len() + rest.len() >= BLOCK {
            let (filling, after) = rest.split_at(BLOCK - self.pending.len());
            self.pending.extend_from_slice(filling);
            deflate(&mut self.compress, &self.pending, FlushCompress::None, &mut out);
            self.pending.clear();
            rest = after;
        }
        self.pending.extend_from_slice(rest);
        self.account(&out);
        out
    }

    /// Ends the object: its last bytes.
    pub(crate) fn finish(mut self) -> (Vec<u8>, FileSummary) {
        let mut out = Vec::new();
        deflate(&mut self.compress, &self.pending, FlushCompress::Finish, &mut out);
        self.account(&out);
        let sha256 = hex(&self.digest.finalize());
        (out, FileSummary { rows: self.entries, bytes: self.bytes, sha256 })
    }

    fn account(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl std::fmt::Debug for QuarantineFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuarantineFile").field("entries", &self.entries).field("bytes", &self.bytes).finish()
    }
}

/// Compresses all of `input`, growing `out` as needed.
fn deflate(compress: &mut Compress, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    loop {
        out.reserve(BLOCK);
        let before = compress.total_in();
        let status =
            compress.compress_vec(input, out, flush).expect("deflating memory into memory does not fail");
        input = &input[(compress.total_in() - before) as usize..];
        let done = match flush {
            FlushCompress::Finish => status == flate2::Status::StreamEnd,
            _ => input.is_empty() && out.len() < out.capacity(),
        };
        if done {
            return;
        }
    }
}
