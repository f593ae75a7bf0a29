use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{CursorPosition, Group, Progress, Unreserved};

const TIMEOUT: i64 = 30;

fn group(partitions: usize) -> Group {
    let progress = Progress {
        name: "group".to_owned(),
        used: 0,
        next: vec![0; partitions],
        committed: vec![None; partitions],
    };
    Group::new(progress, 0)
}

fn partitions(positions: &[CursorPosition]) -> Vec<usize> {
    let mut partitions: Vec<usize> = positions.iter().map(|position| position.partition).collect();
    partitions.sort_unstable();
    partitions
}

/// Returns the positions after this many more messages have been read from each partition.
fn read(positions: &[CursorPosition], messages: u64) -> Vec<CursorPosition> {
    positions.iter().map(|position| CursorPosition { next: position.next + messages, ..*position }).collect()
}

fn owners(group: &mut Group, now: i64) -> Vec<Option<String>> {
    group.shown(now).into_iter().map(|shown| shown.instance).collect()
}

#[test]
fn a_new_instance_gets_its_share_when_the_older_one_reads_again() {
    let mut group = group(4);
    let elder = group.join("elder", TIMEOUT, 0);
    assert_eq!(partitions(&elder), [0, 1, 2, 3]);
    assert_eq!(group.join("younger", TIMEOUT, 0), []);
    let (elder, changed) = group.get("elder", TIMEOUT, &read(&elder, 10), true, 1);
    assert!(changed);
    assert_eq!(partitions(&elder), [0, 1]);
    let (younger, _) = group.get("younger", TIMEOUT, &[], true, 1);
    assert_eq!(partitions(&younger), [2, 3]);
    assert!(
        younger.iter().all(|position| position.next == 10),
        "what the elder read was committed before it was given up"
    );
}

#[test]
fn with_more_instances_than_partitions_the_youngest_get_none() {
    let mut group = group(2);
    for instance in ["c", "b", "a"] {
        group.join(instance, TIMEOUT, 0);
    }
    for now in 0..3 {
        for instance in ["a", "b", "c"] {
            group.get(instance, TIMEOUT, &[], true, now);
        }
    }
    let owners = owners(&mut group, 3);
    assert_eq!(owners, [Some("c".to_owned()), Some("b".to_owned())]);
}

#[test]
fn a_silent_instance_loses_its_partitions_and_another_starts_at_the_commit() {
    let mut group = group(2);
    group.join("silent", TIMEOUT, 0);
    group.join("other", TIMEOUT, 0);
    let (silent, _) = group.get("silent", TIMEOUT, &[], true, 0);
    let (silent, _) = group.get("silent", TIMEOUT, &read(&silent, 5), true, 1);
    let unread = read(&silent, 7);
    group.get("other", TIMEOUT, &[], true, 1);
    let (other, _) = group.get("other", TIMEOUT, &[], true, 1 + TIMEOUT);
    assert_eq!(partitions(&other), [1], "the timeout is not over");
    let (other, _) = group.get("other", TIMEOUT, &other, true, 2 + TIMEOUT);
    assert_eq!(partitions(&other), [0, 1]);
    assert_eq!(other.iter().find(|position| position.partition == 0).unwrap().next, 5);
    // The instance returns with its old cursor. What it read up to that cursor is neither committed nor continued.
    assert_eq!(group.heartbeat("silent", TIMEOUT, &unread, 3 + TIMEOUT), None);
    assert_eq!(group.commit("silent", TIMEOUT, &unread, 3 + TIMEOUT), Err(Unreserved(0)));
    assert_eq!(group.get("silent", TIMEOUT, &unread, true, 3 + TIMEOUT), (vec![], false));
    assert_eq!(group.progress().next, [5, 0]);
}

#[test]
fn every_partition_of_an_instance_gets_its_turn_to_be_read_first() {
    let mut group = group(4);
    group.join("one", TIMEOUT, 0);
    group.join("two", TIMEOUT, 0);
    let mut first = BTreeSet::new();
    for _ in 0..3 {
        for instance in ["one", "two"] {
            first.insert(group.get(instance, TIMEOUT, &[], true, 0).0[0].partition);
        }
    }
    assert_eq!(first, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn a_heartbeat_keeps_the_partitions() {
    let mut group = group(1);
    let positions = group.join("slow", TIMEOUT, 0);
    group.join("waiting", TIMEOUT, 0);
    for now in [20, 40, 60] {
        assert_eq!(group.heartbeat("slow", TIMEOUT, &read(&positions, 3), now), Some(read(&positions, 3)));
        group.get("waiting", TIMEOUT, &[], true, now);
    }
    assert_eq!(owners(&mut group, 61), [Some("slow".to_owned())]);
}

#[test]
fn an_instance_that_commits_manually_gives_up_committed_partitions_first() {
    let mut group = group(2);
    let positions = group.join("manual", TIMEOUT, 0);
    let positions = read(&positions, 4);
    let (positions, changed) = group.commit("manual", TIMEOUT, &positions, 0).unwrap();
    assert!(changed);
    let unread: Vec<CursorPosition> = positions
        .iter()
        .map(|position| CursorPosition { next: position.next + position.partition as u64, ..*position })
        .collect();
    group.join("other", TIMEOUT, 0);
    let (kept, changed) = group.get("manual", TIMEOUT, &unread, false, 0);
    assert!(!changed);
    assert_eq!(kept, unread[1..]);
    assert_eq!(group.commit("manual", TIMEOUT, &unread, 0), Err(Unreserved(0)));
    group.commit("manual", TIMEOUT, &kept, 0).unwrap();
    let committed: Vec<Option<u64>> = group.shown(0).iter().map(|shown| shown.committed_offset).collect();
    assert_eq!(committed, [Some(3), Some(4)]);
}

#[test]
fn a_reset_moves_back_and_no_cursor_undoes_it() {
    let mut group = group(1);
    let positions = group.join("instance", TIMEOUT, 0);
    let (positions, _) = group.get("instance", TIMEOUT, &read(&positions, 9), true, 0);
    group.reset(vec![2], 1);
    assert_eq!(group.shown(1)[0].committed_offset, Some(1));
    let (after, changed) = group.get("instance", TIMEOUT, &read(&positions, 9), true, 1);
    assert_eq!((after[0].next, changed), (2, false));
}

#[test]
fn cursors_from_before_a_restart_match_no_reservation() {
    let mut before = group(1);
    let positions = read(&before.join("instance", TIMEOUT, 0), 9);
    let mut after = Group::new(before.progress().clone(), 1);
    after.join("instance", TIMEOUT, 1);
    assert_eq!(after.get("instance", TIMEOUT, &positions, true, 1).0[0].next, 0);
}

#[derive(Debug, Clone)]
enum Step {
    Get {
        instance: usize,
        messages: u64,
    },
    Commit {
        instance: usize,
    },
    Heartbeat {
        instance: usize,
    },
    Rejoin {
        instance: usize,
    },
    /// The instance sends its previous cursor again.
    Repeat {
        instance: usize,
        messages: u64,
    },
    Wait {
        time: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let instance = || 0..4_usize;
    let step = prop_oneof![
        6 => (instance(), 0..5_u64).prop_map(|(instance, messages)| Step::Get { instance, messages }),
        2 => instance().prop_map(|instance| Step::Commit { instance }),
        1 => instance().prop_map(|instance| Step::Heartbeat { instance }),
        1 => instance().prop_map(|instance| Step::Rejoin { instance }),
        1 => (instance(), 0..5_u64).prop_map(|(instance, messages)| Step::Repeat { instance, messages }),
        2 => (0..TIMEOUT).prop_map(|time| Step::Wait { time }),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #[test]
    fn nothing_unread_is_committed_and_finally_all_partitions_are_shared(
        steps in steps(), count in 1..7_usize, on_get in any::<bool>()
    ) {
        let mut group = group(count);
        let (mut now, mut cursors) = (0, BTreeMap::<usize, (Vec<CursorPosition>, Vec<CursorPosition>)>::new());
        let mut read_up_to = vec![0; count];
        let name = |instance: usize| format!("instance-{instance}");
        for step in steps {
            let before = group.progress().next.clone();
            match step {
                Step::Get { instance, messages } | Step::Repeat { instance, messages } => {
                    let (old, new) = cursors.get(&instance).cloned().unwrap_or_default();
                    let sent = if matches!(step, Step::Repeat { .. }) { old } else { new };
                    let (positions, _) = group.get(&name(instance), TIMEOUT, &sent, on_get, now);
                    let next = read(&positions, messages);
                    for position in &next {
                        read_up_to[position.partition] = position.next.max(read_up_to[position.partition]);
                    }
                    cursors.insert(instance, (sent, next));
                }
                Step::Commit { instance } => {
                    let sent = cursors.get(&instance).cloned().unwrap_or_default().1;
                    if let Ok((positions, _)) = group.commit(&name(instance), TIMEOUT, &sent, now) {
                        cursors.insert(instance, (sent, positions));
                    }
                }
                Step::Heartbeat { instance } => {
                    let sent = cursors.get(&instance).cloned().unwrap_or_default().1;
                    if let Some(positions) = group.heartbeat(&name(instance), TIMEOUT, &sent, now) {
                        cursors.insert(instance, (sent, positions));
                    }
                }
                Step::Rejoin { instance } => {
                    let positions = group.join(&name(instance), TIMEOUT, now);
                    cursors.insert(instance, (Vec::new(), positions));
                }
                Step::Wait { time } => now += time,
            }
            let after = &group.progress().next;
            prop_assert!(after.iter().zip(&before).all(|(after, before)| after >= before));
            prop_assert!(after.iter().zip(&read_up_to).all(|(next, read)| next <= read));
        }
        // While the remaining instances continue to read, every partition has an owner, and the shares differ by at most one.
        now += 2 * TIMEOUT;
        for _ in 0..3 {
            for instance in 0..3 {
                group.get(&name(instance), TIMEOUT, &[], true, now);
            }
        }
        let mut shares = BTreeMap::<String, usize>::new();
        for owner in owners(&mut group, now) {
            *shares.entry(owner.unwrap()).or_default() += 1;
        }
        let sizes: BTreeSet<usize> = (0..3).map(|instance| shares.get(&name(instance)).copied().unwrap_or_default()).collect();
        prop_assert!(sizes.last().unwrap() - sizes.first().unwrap() <= 1, "{:?}", shares);
    }
}
