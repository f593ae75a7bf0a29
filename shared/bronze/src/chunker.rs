use crate::damage::Damage;
use crate::frame::{Chunk, Framer, Framing};
use crate::inflate::{Compression, Inflater};

/// Turns an object's bytes into chunks of its text: an [`Inflater`] and a [`Framer`] as one.
///
/// [`push`](Self::push) the object's bytes until all are used or the object [is over](Self::is_over), which damage may cause early. Then
/// call [`finish`](Self::finish) until it returns `None`, and look at [`damage`](Self::damage). The chunks are the same however the bytes
/// arrive.
///
/// Memory: that of the inflater and the framer.
#[derive(Debug)]
pub struct Chunker {
    inflater: Inflater,
    framer: Framer,
    text_bytes: u64,
    over: bool,
    damage: Option<Damage>,
}

/// What came of some bytes of an object.
#[derive(Debug)]
pub struct Pushed {
    /// Number of bytes used. The rest has to be pushed again.
    pub used: usize,
    /// The next chunk, if the text suffices.
    pub chunk: Option<Chunk>,
}

impl Chunker {
    /// Creates a chunker for one object. The parameters are those of [`Inflater::new`] and [`Framer::new`].
    pub fn new(
        named: Option<Compression>,
        max_ratio: u64,
        framing: Framing,
        chunk_size: usize,
        max_line: usize,
    ) -> Self {
        Chunker {
            inflater: Inflater::new(named, max_ratio),
            framer: Framer::new(framing, chunk_size, max_line),
            text_bytes: 0,
            over: false,
            damage: None,
        }
    }

    /// Takes some of the object's next bytes, up to the end of a chunk. If there is a chunk, `spare` is used up as its successor's buffer.
    pub fn push(&mut self, bytes: &[u8], spare: &mut Vec<u8>) -> Pushed {
        let mut used = 0;
        let mut chunk = None;
        while !self.over && chunk.is_none() && used < bytes.len() {
            used += self.inflate(&bytes[used..]);
            chunk = self.cut(spare);
        }
        Pushed { used, chunk }
    }

    /// Returns whether no more bytes are wanted, because the text before is damaged.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Returns the next chunk after the last byte of the object, or after damage, until there is none.
    pub fn finish(&mut self, spare: &mut Vec<u8>) -> Option<Chunk> {
        // The inflater may still hold text.
        while !self.over {
            self.inflate(&[]);
            if let Some(chunk) = self.cut(spare) {
                return Some(chunk);
            }
            if !self.over && !self.framer.is_full() {
                self.end(self.inflater.finish());
            }
        }
        self.framer.finish()
    }

    /// Returns the damage that ended the object, or `None` if it is whole so far.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Returns the number of bytes of text so far.
    pub fn text_bytes(&self) -> u64 {
        self.text_bytes
    }

    /// Inflates into the framer's free space. Returns how many bytes were used.
    fn inflate(&mut self, bytes: &[u8]) -> usize {
        let space = self.framer.space();
        let before = space.len();
        let inflated = self.inflater.inflate(bytes, space);
        self.text_bytes += (space.len() - before) as u64;
        inflated.unwrap_or_else(|damage| {
            self.end(Err(damage));
            0
        })
    }

    /// Returns a chunk if the framer is full and need not grow for a long line.
    fn cut(&mut self, spare: &mut Vec<u8>) -> Option<Chunk> {
        if self.over || !self.framer.is_full() {
            return None;
        }
        match self.inflater.check_ratio() {
            Ok(()) => self.framer.cut(std::mem::take(spare)),
            Err(damage) => {
                self.end(Err(damage));
                None
            }
        }
    }

    fn end(&mut self, result: Result<(), Damage>) {
        self.over = true;
        self.damage = result.err();
    }
}
