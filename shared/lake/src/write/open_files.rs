use std::collections::HashMap;

/// The files of a run that have begun and not ended, and the memory charged for them.
///
/// What a file holds follows from the size of its encoded row groups, which is known only after a job. So that no decision depends on how
/// long jobs take, a size that is reported counts only after [`settle`](Self::settle). Until then, an estimate counts.
#[derive(Debug)]
pub(crate) struct OpenFiles {
    /// Most bytes of a file that wait to be uploaded.
    part: usize,
    /// Bytes charged for each row group of a file: what the footer will say about it.
    row_group: usize,
    open: HashMap<u32, OpenFile>,
    charged: usize,
    /// Number of row groups of open files whose size has not been reported.
    unknown: usize,
}

#[derive(Debug, Default)]
struct OpenFile {
    row_groups: usize,
    /// Bytes that wait to be uploaded, as of the last time that sizes were settled, and the estimate for those that followed.
    pending: usize,
    estimate: usize,
    /// Bytes encoded and reported since then.
    reported: usize,
    /// Number of row groups that have not been reported.
    unknown: usize,
}

/// Bytes charged for an open file in addition to what it says about its row groups: its encoder, its key and its upload.
const OPEN_FILE: usize = 32 << 10;

/// Bytes that a file's footer says about one column of a row group, in memory.
const COLUMN_CHUNK: usize = 512;

/// Rows take about this many times the memory of the file that they become. Journal lines take six times as much. Where it is far off, it
/// is corrected as soon as it matters.
const ESTIMATED_RATIO: usize = 4;

impl OpenFiles {
    /// Creates the open files of a run whose files have this many columns, and are uploaded in parts of `part` bytes.
    pub(crate) fn new(part: usize, columns: usize) -> Self {
        OpenFiles { part, row_group: columns * COLUMN_CHUNK, open: HashMap::new(), charged: 0, unknown: 0 }
    }

    /// Counts a row group, and opens its file unless it is open.
    pub(crate) fn add(&mut self, file: u32, rows: usize) {
        let open = self.open.entry(file).or_default();
        self.charged -= charge(open, self.part, self.row_group);
        open.row_groups += 1;
        open.estimate += rows / ESTIMATED_RATIO;
        open.unknown += 1;
        self.unknown += 1;
        self.charged += charge(open, self.part, self.row_group);
    }

    /// Accepts the size of the next row group of a file, which may have ended.
    pub(crate) fn report(&mut self, file: u32, encoded: usize) {
        let Some(open) = self.open.get_mut(&file) else { return };
        open.reported += encoded;
        open.unknown -= 1;
        self.unknown -= 1;
    }

    /// Replaces estimates by the sizes reported. Returns false if one is missing; nothing is replaced then.
    pub(crate) fn settle(&mut self) -> bool {
        if self.unknown > 0 {
            return false;
        }
        self.charged = 0;
        for open in self.open.values_mut() {
            // Whole parts have been uploaded.
            open.pending = (open.pending + open.reported) % self.part;
            (open.estimate, open.reported) = (0, 0);
            self.charged += charge(open, self.part, self.row_group);
        }
        true
    }

    /// Ends a file.
    pub(crate) fn close(&mut self, file: u32) {
        let Some(open) = self.open.remove(&file) else { return };
        self.charged -= charge(&open, self.part, self.row_group);
        self.unknown -= open.unknown;
    }

    /// Returns the number of open files.
    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    /// Returns the bytes charged for all open files.
    pub(crate) fn charged(&self) -> usize {
        self.charged
    }

    /// Returns the bytes charged for a file.
    pub(crate) fn charge(&self, file: u32) -> usize {
        self.open.get(&file).map_or(0, |open| charge(open, self.part, self.row_group))
    }

    /// Returns the bytes that would be charged for another row group of this many bytes, in a new file or not.
    pub(crate) fn price(&self, is_new: bool, rows: usize) -> usize {
        let file = if is_new { OPEN_FILE } else { 0 };
        file + self.row_group + self.part.min(rows / ESTIMATED_RATIO)
    }
}

fn charge(open: &OpenFile, part: usize, row_group: usize) -> usize {
    if open.row_groups == 0 {
        return 0;
    }
    OPEN_FILE + open.row_groups * row_group + part.min(open.pending + open.estimate)
}
