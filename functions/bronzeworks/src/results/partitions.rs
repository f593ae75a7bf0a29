use crate::terminal::units::{grouped, size};
use lake::PartitionCount;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Maximum number of partitions listed individually. A ledger of ten years has more than anybody reads.
const LISTED: usize = 20;

/// Writes a table of partitions, largest first.
pub(crate) fn write(out: &mut String, partitions: &BTreeMap<String, PartitionCount>) -> fmt::Result {
    let mut partitions: Vec<_> = partitions.iter().collect();
    partitions.sort_by_key(|(_, count)| Reverse(count.rows));
    let (listed, others) = partitions.split_at(partitions.len().min(LISTED));
    let label = |partition: &str| match partition {
        "" => "(no partition columns)".to_owned(),
        partition => partition.to_owned(),
    };
    let width =
        listed.iter().map(|(partition, _)| label(partition).chars().count()).max().unwrap_or(0).max(9);
    writeln!(out, "{:width$}  {:>12}  {:>6}  {:>10}", "partition", "rows", "files", "size")?;
    let mut row = |name: &str, count: &PartitionCount| {
        let (rows, files, size) = (grouped(count.rows), grouped(count.files), size(count.bytes));
        writeln!(out, "{name:width$}  {rows:>12}  {files:>6}  {size:>10}")
    };
    for (partition, count) in listed {
        row(&label(partition), count)?;
    }
    if !others.is_empty() {
        let mut sum = PartitionCount::default();
        others.iter().for_each(|(_, count)| add(&mut sum, count));
        row(&format!("and {} more", others.len()), &sum)?;
    }
    Ok(())
}

/// Adds a partition's counts to a sum, which has no path.
pub(crate) fn add(sum: &mut PartitionCount, count: &PartitionCount) {
    sum.rows += count.rows;
    sum.files += count.files;
    sum.bytes += count.bytes;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_beyond_the_listed_ones_are_added_up() {
        let count = |rows| PartitionCount { path: String::new(), rows, files: 1, bytes: 1000 };
        let partitions = (0..22).map(|number| (format!("p={number}"), count(1000 + number))).collect();
        let mut text = String::new();
        write(&mut text, &partitions).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 22);
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["p=21", "1,021", "1", "1.0", "kB"]);
        assert_eq!(
            lines[21].split_whitespace().collect::<Vec<_>>(),
            ["and", "2", "more", "2,001", "2", "2.0", "kB"]
        );
    }
}
