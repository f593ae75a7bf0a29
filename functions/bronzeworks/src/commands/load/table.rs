use crate::terminal::units::grouped;
use loadgen::{Tally, Verdict};
use std::fmt::Write;

/// Maximum number of workers for which the table has a row each. With more, it has only the total.
const ROWS: usize = 16;

/// Returns the result of a load as a table for people.
pub(super) fn table(workers: &[Tally], total: &Tally, verdict: Option<Verdict>) -> String {
    let mut text = row(["worker", "stored", "lost", "throttled", "records/s", "MB/s", "p50 ms", "p99 ms"]);
    if (2..=ROWS).contains(&workers.len()) {
        for (number, tally) in (1..).zip(workers) {
            text += &counts(&number.to_string(), tally);
        }
    }
    text += &counts("total", total);
    if !total.reasons.is_empty() {
        text += "\nreasons\n";
        for (reason, count) in &total.reasons {
            let _ = writeln!(text, "{:>10}  {reason}", grouped(*count));
        }
    }
    if let Some(Verdict { found, lost, duplicated, out_of_order, .. }) = verdict {
        let [found, lost, duplicated, out_of_order] = [found, lost, duplicated, out_of_order].map(grouped);
        let _ = writeln!(
            text,
            "\nread back: {found} found, {lost} lost, {duplicated} duplicated, {out_of_order} out of order"
        );
    }
    text
}

fn counts(name: &str, tally: &Tally) -> String {
    let latency = |quantile| match tally.latency_milliseconds(quantile) {
        Some(milliseconds) => format!("{milliseconds:.1}"),
        None => "–".to_owned(),
    };
    let [stored, lost, throttled] = [tally.stored, tally.lost, tally.throttled].map(grouped);
    let records = grouped(tally.per_second(tally.window.stored).round() as u64);
    let megabytes = format!("{:.2}", tally.per_second(tally.window.bytes) / 1e6);
    row([name, &stored, &lost, &throttled, &records, &megabytes, &latency(0.5), &latency(0.99)])
}

fn row([name, cells @ ..]: [&str; 8]) -> String {
    let mut text = format!("{name:<8}");
    for cell in cells {
        let _ = write!(text, "{cell:>11}");
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadgen::{Batch, Outcome};
    use std::time::{Duration, Instant};

    /// Returns the table for workers that each stored one record of 7 bytes within 4 ms, in a second.
    fn of_workers(count: usize, verdict: Option<Verdict>) -> String {
        let begin = Instant::now();
        let mut tally = Tally::new(begin..begin + Duration::from_secs(1));
        let mut batch = Batch::default();
        batch.push(Some(b"k1"), b"value");
        tally.add_batch(&batch);
        let stored = Outcome::Stored { partition: "0".into(), offset: 0 };
        tally.add_attempt(&batch, &[0], &[stored], (begin, begin + Duration::from_millis(4)));
        let workers = vec![tally.clone(); count];
        let mut total = tally.clone();
        (1..count).for_each(|_| total.merge(&tally));
        table(&workers, &total, verdict)
    }

    #[test]
    fn the_table_has_a_row_per_worker_and_the_total() {
        let verdict = Verdict { records: 2, found: 2, ..Verdict::default() };
        let table = of_workers(2, Some(verdict));
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["1", "1", "0", "0", "1", "0.00", "4.0", "4.0"]);
        assert_eq!(lines[3], ["total", "2", "0", "0", "2", "0.00", "4.0", "4.0"]);
        assert!(table.ends_with("\nread back: 2 found, 0 lost, 0 duplicated, 0 out of order\n"), "{table}");
    }

    #[test]
    fn the_table_of_one_worker_or_of_many_has_only_the_total() {
        for workers in [1, ROWS + 1] {
            assert_eq!(of_workers(workers, None).lines().count(), 2);
        }
    }
}
