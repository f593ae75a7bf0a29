use crate::run::hex;
use crate::write::parquet_file::FileSummary;
use flate2::{Compress, Compression, FlushCompress};
use sha2::{Digest, Sha256};

/// zlib's fastest level. If something is wrong with one line, it may be wrong with every line, so the quarantine can be large.
const LEVEL: Compression = Compression::fast();

/// Size of the blocks in which text is compressed. zlib's output depends on how its input is split, and must not depend on how lines were
/// distributed over threads.
const BLOCK: usize = 64 << 10;

/// A quarantine object being written: entries go in, gzip comes out.
pub(crate) struct QuarantineFile {
    compress: Compress,
    /// Text that doesn't yet fill a block.
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

    /// Compresses text in which `entries` entries end, and returns the compressed bytes that are ready.
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

    /// Ends the object and returns its last bytes.
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

/// Compresses all of `input` into `out`, which grows as needed.
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
