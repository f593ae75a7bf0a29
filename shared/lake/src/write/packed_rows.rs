/// Rows of one partition, packed one after another into blocks that never move in memory.
///
/// Blocks start small, for tables with many partitions, and double up to a limit, so that little memory is wasted in either case.
#[derive(Debug, Default)]
pub(crate) struct PackedRows {
    blocks: Vec<Vec<u8>>,
    rows: usize,
    bytes: usize,
}

/// Size of the first block, which is what a partition with one or two rows costs.
const FIRST_BLOCK: usize = 2 << 10;

/// Maximum block size. While rows are encoded, blocks are freed one by one.
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

    /// Returns the blocks, each holding whole rows.
    pub(crate) fn into_blocks(self) -> impl Iterator<Item = Vec<u8>> {
        self.blocks.into_iter()
    }
}
