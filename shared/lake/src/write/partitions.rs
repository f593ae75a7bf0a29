use crate::write::open_files::OpenFiles;
use crate::write::packed_rows::PackedRows;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::fmt;

/// Decides where rows are cut into row groups and files.
///
/// All decisions depend only on the rows and these numbers, never on the memory of the process or on how long a job takes, so the same rows
/// produce the same files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Above this many bytes, the largest partitions are written or closed until a sixteenth is free again.
    pub ceiling: usize,
    /// Above this many bytes, a partition large enough for a row group of its own is written, but stays open.
    pub comfort: usize,
    /// Most encoded bytes of an open file that wait to be uploaded: the size of a part.
    pub part: usize,
}

/// The version of the rules by which rows are cut. Raise it when the same rows and budget lead to other files: it is part of a run's
/// identity, so that two versions of the program never write different files under one name.
const RULES: u32 = 2;

/// Writes everything that decides where the same rows are cut.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { ceiling, comfort, part } = self;
        write!(f, "rows {RULES} {ceiling} {comfort} {part}")
    }
}

/// Bytes of rows beyond which they are written as soon as they make a good row group. It holds about 36,000 journal lines. With half as
/// much again, files become 1 % smaller and the process 10 MB larger.
const COMFORT: usize = 16 << 20;

impl Budget {
    /// Returns the budget for collecting up to `buffer` bytes of rows and open files, which are uploaded in parts of `part_size` bytes.
    pub fn new(buffer: usize, part_size: usize) -> Self {
        Budget { ceiling: buffer, comfort: COMFORT.min(buffer / 2), part: part_size }
    }
}

/// Smallest row group that is written above the comfort limit. Smaller ones make a file's columns slow to read.
const MIN_ROW_GROUP: usize = 4 << 20;

/// Smallest row group that is written above the ceiling so that a file stays open. Smaller ones cost a reader as much as files.
const SMALLEST_ROW_GROUP: usize = 128 << 10;

/// Largest row group. It holds about 36,000 journal lines: enough for dictionaries and statistics to be worthwhile, and small enough that
/// two of them can be encoded while the next ones fill up.
const MAX_ROW_GROUP: usize = 16 << 20;

/// Bytes charged for a partition in addition to its rows: its map entry, its key and the unused part of its last block.
const PARTITION_OVERHEAD: usize = 1 << 10;

/// The open partitions of a run, and the rows they hold.
#[derive(Debug)]
pub(crate) struct Partitions {
    budget: Budget,
    open: HashMap<Box<[u8]>, Partition, FixedState>,
    /// Bytes charged against the budget for the partitions in `open`, apart from their files.
    collected: usize,
    files: OpenFiles,
    /// Whether the next row has to wait until the sizes of files are known.
    waits: bool,
    /// Number of partitions opened so far.
    arrivals: u64,
    /// Number of files begun so far.
    begun: u32,
}

#[derive(Debug)]
struct Partition {
    rows: PackedRows,
    /// Number of the partition's file, once rows have been cut for it.
    file: Option<u32>,
    /// Order of arrival, which breaks ties between partitions of the same size.
    born: u64,
}

/// Rows to be written as the next row group of a file.
#[derive(Debug)]
pub(crate) struct Cut {
    /// The file's number within the run.
    pub(crate) file: u32,
    /// The partition's key if the file is new, `None` otherwise.
    pub(crate) opened: Option<Box<[u8]>>,
    pub(crate) rows: PackedRows,
    /// Whether these rows are the file's last.
    pub(crate) last: bool,
}

impl Partitions {
    /// Creates the partitions of a run whose files have this many columns.
    pub(crate) fn new(budget: Budget, columns: usize) -> Self {
        let files = OpenFiles::new(budget.part, columns);
        Partitions {
            budget,
            open: HashMap::default(),
            collected: 0,
            files,
            waits: false,
            arrivals: 0,
            begun: 0,
        }
    }

    /// Adds a row, and cuts the row groups that must be written as a result. Call [`settle`](Self::settle) before each row.
    #[inline]
    pub(crate) fn push(&mut self, key: &[u8], row: &[u8], cuts: &mut Vec<Cut>) {
        let size = match self.open.get_mut(key) {
            Some(partition) => {
                partition.rows.push(row);
                partition.rows.bytes()
            }
            None => {
                let mut rows = PackedRows::default();
                rows.push(row);
                self.collected += PARTITION_OVERHEAD + key.len();
                self.open.insert(key.into(), Partition { rows, file: None, born: self.arrivals });
                self.arrivals += 1;
                row.len()
            }
        };
        self.collected += row.len();
        if size >= MAX_ROW_GROUP {
            self.cut_row_group(key.into(), cuts);
        } else if self.held() > self.budget.ceiling {
            self.waits = true;
        } else if self.held() > self.budget.comfort && size >= MIN_ROW_GROUP {
            self.cut_largest(cuts);
        }
    }

    /// Makes room for the next row if there is none. Returns false if that has to wait for the size of a row group that was cut; call it
    /// again after the next [`report`](Self::report).
    #[inline]
    pub(crate) fn settle(&mut self, cuts: &mut Vec<Cut>) -> bool {
        !self.waits || self.make_room(cuts)
    }

    /// Accepts the encoded size of the next row group of a file. Row groups of a file must be reported in order.
    pub(crate) fn report(&mut self, file: u32, encoded: usize) {
        self.files.report(file, encoded);
    }

    /// Returns the number of files begun, plus one for each partition that will need one.
    pub(crate) fn files(&self) -> usize {
        self.begun as usize + self.open.len()
    }

    /// Returns the bytes charged against the budget for the open partitions.
    pub(crate) fn held(&self) -> usize {
        self.collected + self.files.charged()
    }

    /// Closes every partition.
    pub(crate) fn finish(&mut self, cuts: &mut Vec<Cut>) {
        self.waits = false;
        for key in self.by_size() {
            self.close(&key, cuts);
        }
    }

    fn cut_largest(&mut self, cuts: &mut Vec<Cut>) {
        let largest = self.open.iter().max_by_key(|(_, partition)| (partition.rows.bytes(), partition.born));
        let key = largest.map(|(key, _)| key.clone());
        if let Some(key) = key {
            self.cut_row_group(key, cuts);
        }
    }

    /// Cuts a row group from a partition and leaves its file open.
    fn cut_row_group(&mut self, key: Box<[u8]>, cuts: &mut Vec<Cut>) {
        let Some(partition) = self.open.get_mut(&key) else { return };
        let rows = std::mem::take(&mut partition.rows);
        self.collected -= rows.bytes();
        let opened = partition.file.is_none();
        let file = *partition.file.get_or_insert_with(|| {
            self.begun += 1;
            self.begun - 1
        });
        self.files.add(file, rows.bytes());
        cuts.push(Cut { file, opened: opened.then_some(key), rows, last: false });
    }

    /// Frees memory. Returns false if it must be known first how much the open files hold.
    fn make_room(&mut self, cuts: &mut Vec<Cut>) -> bool {
        if !self.files.settle() {
            return false;
        }
        self.waits = false;
        if self.held() <= self.budget.ceiling {
            return true;
        }
        // Freeing little at a time takes only the very largest, which makes fewer files: 3,300 instead of 3,370 for the wide benchmark.
        let enough = self.budget.ceiling / 16 * 15;
        for key in self.by_size() {
            if self.held() <= enough {
                break;
            }
            if self.may_stay_open(&key) {
                self.cut_row_group(key, cuts);
            } else {
                self.close(&key, cuts);
            }
        }
        true
    }

    /// Returns whether a partition's rows can be written without ending its file. That must free memory, and all open files must leave
    /// each other room for the rows of another row group.
    fn may_stay_open(&self, key: &[u8]) -> bool {
        let Some(partition) = self.open.get(key) else { return false };
        let (is_new, rows) = (partition.file.is_none(), partition.rows.bytes());
        let price = self.files.price(is_new, rows);
        let count = self.files.count() + usize::from(is_new);
        rows >= SMALLEST_ROW_GROUP.max(2 * price)
            && self.files.charged() + price + count * SMALLEST_ROW_GROUP <= self.budget.ceiling
    }

    fn close(&mut self, key: &[u8], cuts: &mut Vec<Cut>) {
        let Some((key, partition)) = self.open.remove_entry(key) else { return };
        self.collected -= PARTITION_OVERHEAD + key.len() + partition.rows.bytes();
        let (file, opened) = match partition.file {
            Some(file) => {
                self.files.close(file);
                (file, None)
            }
            None => {
                self.begun += 1;
                (self.begun - 1, Some(key))
            }
        };
        cuts.push(Cut { file, opened, rows: partition.rows, last: true });
    }

    /// Returns the keys of the open partitions, largest first.
    fn by_size(&self) -> Vec<Box<[u8]>> {
        let charge = |partition: &Partition| {
            partition.rows.bytes() + partition.file.map_or(0, |file| self.files.charge(file))
        };
        let mut all: Vec<_> = self
            .open
            .iter()
            .map(|(key, partition)| (std::cmp::Reverse(charge(partition)), partition.born, key.clone()))
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, _, key)| key).collect()
    }
}

#[cfg(test)]
#[path = "partitions_tests.rs"]
mod tests;
