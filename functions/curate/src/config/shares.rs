use lake::Budget;

/// Memory for the process itself, its threads, its connections and the uploads in progress.
const BASE: u64 = 48 << 20;

/// Memory that one object takes in addition to its rows: text in progress, encoders, and a part of every open file. Lines of the maximum
/// length are counted separately.
const PIPELINE: u64 = 16 << 20;

/// Number of chunks that can hold a line of the maximum length at the same time, as text and decoded.
const LONG_LINES: u64 = 6;

/// Minimum memory for the rows of one object. With less, nearly every row would become a file.
const MIN_ROWS: u64 = 16 << 20;

/// Memory for rows beyond which they are written as soon as they make a good row group. It holds about 36,000 journal lines. With half as
/// much again, files become 1 % smaller and the process 10 MB larger.
const COMFORT: usize = 16 << 20;

/// The division of the process's memory.
#[derive(Debug)]
pub(super) struct Shares {
    pub(super) budget: Budget,
    pub(super) shared_rows: usize,
    pub(super) jobs: usize,
}

impl Shares {
    /// Gives one object half of the memory left for rows, and all others together the other half. So the size of row groups and the number
    /// of files do not depend on how many objects are curated concurrently. If there is less memory than `jobs` objects need, fewer are
    /// curated concurrently.
    ///
    /// Returns `None` if the memory is not enough for lines of this length.
    pub(super) fn of(memory: u64, max_line: u64, jobs: usize, part_size: usize) -> Option<Self> {
        let pipeline = LONG_LINES.checked_mul(max_line)?.checked_add(PIPELINE)?;
        let rows = memory.checked_sub(pipeline)?.checked_sub(BASE)?;
        let ceiling = rows / 2;
        if ceiling < MIN_ROWS {
            return None;
        }
        let others = (jobs as u64 - 1).min((rows - ceiling) / 2 / pipeline);
        let shared_rows = (rows - ceiling - others * pipeline) as usize;
        let ceiling = ceiling as usize;
        let budget = Budget { ceiling, comfort: COMFORT.min(ceiling / 2), open_file: part_size };
        Some(Shares { budget, shared_rows, jobs: others as usize + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_of_an_object_does_not_depend_on_the_number_of_jobs() {
        let of = |jobs| Shares::of(512_000_000, 4_000_000, jobs, 1 << 20).unwrap();
        let (one, many) = (of(1), of(100));
        assert_eq!((one.budget.ceiling, one.budget.comfort), (many.budget.ceiling, many.budget.comfort));
        assert_eq!(one.jobs, 1);
        assert!(many.jobs > 1 && many.jobs < 100, "{}", many.jobs);
    }

    #[test]
    fn lines_that_do_not_fit_are_refused() {
        assert!(Shares::of(128_000_000, 8_000_000, 1, 1 << 20).is_none());
    }
}
