use super::*;

/// Pushes rows (partition, size) and returns the cuts as (file, partition if new, bytes, last).
fn cuts(budget: Budget, rows: impl IntoIterator<Item = (u8, usize)>) -> Vec<(u32, Option<u8>, usize, bool)> {
    let mut partitions = Partitions::new(budget, 1);
    let mut cuts = Vec::new();
    for (key, size) in rows {
        partitions.push(&[key], &vec![0; size], &mut cuts);
        assert!(partitions.settle(&mut cuts), "no file is open when the ceiling is reached");
    }
    partitions.finish(&mut cuts);
    assert_eq!(partitions.held(), 0, "nothing is held at the end");
    cuts.into_iter().map(|cut| (cut.file, cut.opened.map(|key| key[0]), cut.rows.bytes(), cut.last)).collect()
}

const PLENTY: Budget = Budget { ceiling: 1 << 30, comfort: 1 << 30, part: 1 << 20 };

#[test]
fn each_partition_is_one_file_while_everything_fits() {
    let rows = (0..1000).map(|row| ((row * 7 % 50) as u8, 100 + row % 13));
    let cuts = cuts(PLENTY, rows);
    assert_eq!(cuts.len(), 50);
    assert!(cuts.iter().all(|(_, opened, _, last)| opened.is_some() && *last));
    let files: std::collections::BTreeSet<u32> = cuts.iter().map(|cut| cut.0).collect();
    assert_eq!(files, (0..50).collect());
}

#[test]
fn at_the_end_the_largest_partition_is_first_and_the_older_one_wins_ties() {
    let cuts = cuts(PLENTY, [(1, 10), (2, 30), (3, 20), (4, 20)]);
    assert_eq!(cuts.iter().map(|cut| cut.1.unwrap()).collect::<Vec<_>>(), [2, 3, 4, 1]);
}

#[test]
fn above_the_ceiling_the_largest_are_closed_until_a_sixteenth_is_free() {
    let budget = Budget { ceiling: 100_000, comfort: 100_000, part: 1000 };
    let sizes = [(1, 10_000), (2, 40_000), (3, 20_000), (4, 5_000), (5, 30_000)];
    let all = cuts(budget, sizes);
    // The fifth row exceeds the ceiling; closing partition 2 is enough.
    assert_eq!(all[0], (0, Some(2), 40_000, true));
    assert_eq!(all[1..].iter().map(|cut| cut.1.unwrap()).collect::<Vec<_>>(), [5, 3, 1, 4]);
}

#[test]
fn a_closed_partition_gets_another_file() {
    let budget = Budget { ceiling: 50_000, comfort: 50_000, part: 1000 };
    let cuts = cuts(budget, (0..20).map(|_| (9, 10_000)));
    assert!(cuts.len() > 1);
    assert!(cuts.iter().enumerate().all(|(at, cut)| cut.0 == at as u32 && cut.1 == Some(9) && cut.3));
    assert_eq!(cuts.iter().map(|cut| cut.2).sum::<usize>(), 200_000);
}

#[test]
fn a_full_row_group_is_cut_and_its_file_stays_open() {
    let rows = (0..40).map(|_| (1, 1 << 20));
    let cuts = cuts(PLENTY, rows);
    assert_eq!(cuts[0], (0, Some(1), MAX_ROW_GROUP, false));
    assert_eq!(cuts[1], (0, None, MAX_ROW_GROUP, false));
    assert_eq!(cuts[2], (0, None, 8 << 20, true));
    assert_eq!(cuts.len(), 3);
}

#[test]
fn a_file_ends_even_if_no_rows_are_left_for_it() {
    let cuts = cuts(PLENTY, (0..16).map(|_| (1, 1 << 20)));
    assert_eq!(cuts, [(0, Some(1), MAX_ROW_GROUP, false), (0, None, 0, true)]);
}

#[test]
fn above_comfort_only_large_partitions_are_written_and_stay_open() {
    let budget = Budget { ceiling: 1 << 30, comfort: 6 << 20, part: 1000 };
    let small = (0..60).map(|row| (row as u8, 150 << 10));
    let cuts = cuts(budget, small.chain((0..5).map(|_| (200, 1 << 20))));
    let early: Vec<_> = cuts.iter().filter(|cut| !cut.3).collect();
    assert_eq!(early, [&(0, Some(200), 4 << 20, false)], "no crumbs are cut of the small ones");
    assert_eq!(cuts.iter().filter(|cut| cut.3).count(), 61);
}

#[test]
fn held_memory_stays_below_the_ceiling_plus_one_row() {
    let budget = Budget { ceiling: 200_000, comfort: 150_000, part: 5_000 };
    let mut partitions = Partitions::new(budget, 1);
    let (mut cuts, mut most) = (Vec::new(), 0);
    for row in 0..5_000_usize {
        partitions.push(&[(row * 31 % 97) as u8], &vec![0; 1 + row * 17 % 900], &mut cuts);
        assert!(partitions.settle(&mut cuts));
        most = most.max(partitions.held());
    }
    assert!((150_000..=budget.ceiling).contains(&most), "{most}");
    assert!(!cuts.is_empty());
}

#[test]
fn the_same_rows_make_the_same_cuts() {
    let budget = Budget { ceiling: 60_000, comfort: 30_000, part: 2_000 };
    let rows = || (0..3_000_usize).map(|row| ((row * row % 61) as u8, row * 13 % 700));
    let once = cuts(budget, rows());
    assert_eq!(cuts(budget, rows()), once);
    assert!(once.len() > 61, "some partitions were closed early");
    assert_eq!(once.iter().map(|cut| cut.2).sum::<usize>(), rows().map(|row| row.1).sum::<usize>());
}

/// Pushes rows of a kilobyte to partitions in turn, and returns the number of files. Row groups are reported at a sixth of their size, and
/// `late` of them only when somebody waits for them.
fn files_of(budget: Budget, partitions: u8, rows: usize, late: usize) -> u32 {
    let mut open = Partitions::new(budget, 30);
    let (mut cuts, mut encoding) = (Vec::new(), std::collections::VecDeque::new());
    for row in 0..rows {
        let key = [(row * 7919 / 80 % partitions as usize) as u8];
        open.push(&key, &[0; 1000], &mut cuts);
        loop {
            encoding
                .extend(cuts.drain(..).filter(|cut| !cut.last).map(|cut| (cut.file, cut.rows.bytes() / 6)));
            while encoding.len() > late {
                let (file, size) = encoding.pop_front().unwrap();
                open.report(file, size);
            }
            if open.settle(&mut cuts) {
                break;
            }
            let (file, size) = encoding.pop_front().expect("it waits for a row group that was cut");
            open.report(file, size);
        }
    }
    open.finish(&mut cuts);
    open.begun
}

#[test]
fn twenty_large_partitions_become_twenty_files_in_a_cloud_and_on_a_disk() {
    for part in [1 << 20, 5 << 20] {
        for partitions in [5, 20] {
            let budget = Budget::new(40_000_000, part);
            assert_eq!(files_of(budget, partitions, 160_000, 0), u32::from(partitions), "parts of {part}");
        }
    }
}

#[test]
fn where_rows_are_cut_does_not_depend_on_when_their_size_is_known() {
    let budget = Budget::new(16_000_000, 5 << 20);
    let expected = files_of(budget, 30, 100_000, 0);
    assert!(expected > 30, "the budget is too small for one file each");
    for late in [1, 2, 5, usize::MAX] {
        assert_eq!(files_of(budget, 30, 100_000, late), expected, "{late} late");
    }
}
