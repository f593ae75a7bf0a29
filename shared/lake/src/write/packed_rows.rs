/// Rows of one partition, one after the other, in blocks that are never moved.
///
/// Blocks start small, for tables with many partitions, and double up to a limit, so little is wasted in either case.
#[derive(Debug, Default)]
pub(crate) struct PackedRows {
    blocks: Vec<Vec<u8>>,
    rows: usize,
    bytes: usize,
}

/// The cost of a partition with a row or two.
const FIRST_BLOCK: usize = 2 << 10;

/// Blocks of this size are freed one by one while rows are encoded.
const LARGEST_BLOCK: usize = 256 << 10;

impl PackedRows {
    pub(crate) fn push(&mut self, row: &[u8]) {
        match self.blocks.last_mut() {
            Some(block) if block.capacity() - block.len() >= row.len() => block.extend_from_slice(row),
            last => {
                let next = last.map_or(FIRST_BLOCK, |block| (block.capacity() * 2).min(LARGEST_BLOCK));
                let mut block = Vec::with_capacity(next.max(row.len()));
                block.extend_from_slice(row);
                self.blocks.push(block);
            }
        }
        self.rows += 1;
        self.bytes += row.len();
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The blocks, each a run of whole rows.
    pub(crate) fn into_blocks(self) -> impl Iterator<Item = Vec<u8>> {
        self.blocks.into_iter()
    }
}
