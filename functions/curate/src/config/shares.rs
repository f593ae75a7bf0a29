use lake::{Budget, FILE_OVERHEAD};

/// Memory for the process itself, its threads, its connections, the window of a zstd source and the uploads in progress.
const BASE: u64 = 40 << 20;

/// Memory that one object takes in addition to its rows: text in progress, encoders, and a part of every open file. Lines of the maximum
/// length are counted separately.
const PIPELINE: u64 = 16 << 20;

/// Number of chunks that can hold a line of the maximum length at the same time, as text and decoded.
const LONG_LINES: u64 = 6;

/// Memory for cut rows that wait for a thread: at least one row group's worth, and at most as much as two threads can encode while the next
/// rows arrive.
const MIN_WAITING: u64 = 4 << 20;
const MAX_WAITING: u64 = 16 << 20;

/// Number of files that every object may have, however little memory there is.
const MIN_FILES: usize = 1000;

/// The division of the process's memory. Only `budget` affects what is written, and it depends on settings other than the memory.
#[derive(Debug)]
pub(super) struct Shares {
    pub(super) budget: Budget,
    pub(super) max_waiting: usize,
    pub(super) max_files: usize,
    pub(super) shared_rows: usize,
    pub(super) jobs: usize,
}

/// The settings need at least this many bytes of memory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotEnough {
    pub(super) needed: u64,
}

impl Shares {
    /// Gives one object its buffer for rows, and all others together what is left. So where rows are cut depends neither on the memory nor
    /// on how many objects are curated concurrently. If there is less memory than `jobs` objects need, fewer are curated concurrently.
    ///
    /// # Errors
    ///
    /// Fails if the buffer and lines of the maximum length don't fit into the memory.
    pub(super) fn of(
        memory: u64,
        row_buffer: u64,
        max_line: u64,
        jobs: usize,
        part_size: usize,
    ) -> Result<Self, NotEnough> {
        let pipeline = LONG_LINES.saturating_mul(max_line).saturating_add(PIPELINE);
        let needed = [BASE, row_buffer, MIN_WAITING].into_iter().fold(pipeline, u64::saturating_add);
        let Some(spare) = memory.checked_sub(needed) else { return Err(NotEnough { needed }) };
        let rows = row_buffer.saturating_add(MIN_WAITING).saturating_add(spare);
        let max_waiting = MAX_WAITING.min(MIN_WAITING + spare);
        let spare = MIN_WAITING + spare - max_waiting;
        let others = (jobs as u64 - 1).min(spare / 2 / pipeline);
        Ok(Shares {
            budget: Budget::new(row_buffer as usize, part_size),
            max_waiting: max_waiting as usize,
            max_files: (rows as usize / 2 / FILE_OVERHEAD).max(MIN_FILES),
            shared_rows: (spare - others * pipeline) as usize,
            jobs: others as usize + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    #[test]
    fn where_rows_are_cut_depends_neither_on_memory_nor_on_jobs() {
        let budget = |memory, jobs| Shares::of(memory * MB, 40 * MB, 4 * MB, jobs, 1 << 20).unwrap().budget;
        let smallest = budget(128, 1);
        for memory in (128..4096).step_by(7) {
            for jobs in [1, 2, 100] {
                assert_eq!(budget(memory, jobs), smallest, "{memory} MB, {jobs} jobs");
            }
        }
    }

    #[test]
    fn the_shares_fit_into_the_memory() {
        for memory in (128..4096).step_by(7) {
            for jobs in [1, 2, 100] {
                let shares = Shares::of(memory * MB, 40 * MB, 4 * MB, jobs, 1 << 20).unwrap();
                let objects = shares.jobs as u64 * (PIPELINE + LONG_LINES * 4 * MB);
                let rows = shares.budget.ceiling + shares.max_waiting + shares.shared_rows;
                assert!(BASE + objects + rows as u64 <= memory * MB, "{memory} MB, {jobs} jobs: {shares:?}");
            }
        }
    }

    #[test]
    fn more_memory_allows_more_objects_at_a_time() {
        let jobs = |memory| Shares::of(memory * MB, 40 * MB, 4 * MB, 100, 1 << 20).unwrap().jobs;
        assert_eq!(jobs(128), 1);
        assert!(jobs(512) > 1 && jobs(512) < jobs(1024) && jobs(1024) < 100);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_fits_into_what_is_needed() {
        for (row_buffer, max_line) in [(40 * MB, 8 * MB), (200 * MB, 4 * MB), (40 * MB, u64::MAX)] {
            let of = |memory| Shares::of(memory, row_buffer, max_line, 1, 1 << 20);
            let NotEnough { needed } = of(128 * MB).unwrap_err();
            assert!(of(needed).is_ok() || needed == u64::MAX);
            assert_eq!(of(needed - 1).unwrap_err().needed, needed);
        }
    }
}
