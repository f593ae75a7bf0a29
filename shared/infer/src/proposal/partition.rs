use super::column::DraftColumn;
use super::field_names::ColumnNames;
use super::note::Note;
use super::{time_name, type_finder, wording};
use serde_json::Value;

/// The partition by day, or the reason why there is none.
#[derive(Debug)]
pub(super) enum Partition {
    ByDay { name: &'static str, column: String, reason: String },
    None(String),
}

/// Names of the time at which an event happened, the most telling ones first.
const EVENT_TIMES: [&str; 18] = [
    "event_time",
    "event_timestamp",
    "event_date",
    "occurred_at",
    "time",
    "timestamp",
    "ts",
    "datetime",
    "sent_at",
    "created_at",
    "created",
    "measured_at",
    "recorded_at",
    "taken_at",
    "at",
    "ts_ms",
    "ts_us",
    "date",
];

/// Names for the partition.
const NAMES: [&str; 3] = ["day", "event_day", "partition_day"];

/// The fewest records that make a day's folder worthwhile.
const RECORDS_PER_DAY: u64 = 10;

impl Partition {
    /// Proposes a partition by the time of the event, if there is one such time in every record.
    pub(super) fn of(columns: &[DraftColumn], names: &ColumnNames, records: u64) -> Self {
        let mut candidates: Vec<_> = columns
            .iter()
            .filter(|column| column.always)
            .filter_map(|column| Some((rank(&column.name), column, column.times?)))
            .collect();
        candidates.sort_by_key(|(rank, ..)| *rank);
        let (column, times) = match candidates[..] {
            [] => return Partition::None("no time field is in every record".to_owned()),
            [(_, column, times)] => (column, times),
            [(first, column, times), (second, ..), ..] if first < second => (column, times),
            _ => {
                let names: Vec<_> = candidates.iter().map(|(_, column, _)| &*column.name).collect();
                return Partition::None(format!(
                    "more than one could be the time of the event: {}",
                    names.join(", ")
                ));
            }
        };
        let days = type_finder::days(times.0, times.1);
        let Some(name) = NAMES.into_iter().find(|name| names.is_free(name)) else {
            return Partition::None("columns already have all names for a partition by day".to_owned());
        };
        match days {
            days if days as u64 * RECORDS_PER_DAY > records => Partition::None(format!(
                "{} over {} (by {}) are too few for a folder per day",
                wording::count(records, "record"),
                wording::count(days as u64, "day"),
                column.name
            )),
            days => Partition::ByDay {
                name,
                column: column.name.clone(),
                reason: format!(
                    "{} is in every record, and the records span {}; a lake's partitions cannot be changed",
                    column.name,
                    wording::count(days as u64, "day")
                ),
            },
        }
    }

    /// Returns the column from which the day is derived.
    pub(super) fn column(&self) -> Option<&str> {
        let Partition::ByDay { column, .. } = self else { return None };
        Some(column)
    }

    /// Returns the entry in the schema file.
    pub(super) fn json(&self) -> Option<String> {
        let Partition::ByDay { name, column, .. } = self else { return None };
        Some(format!(
            "{{\"name\": \"{name}\", \"from\": {}, \"transform\": \"day\"}}",
            Value::from(&**column)
        ))
    }

    pub(super) fn note(&self) -> Note {
        match self {
            Partition::ByDay { name, column, reason } => {
                Note::new("partition_by", format!("{name}, the day of {column}"), reason)
            }
            Partition::None(reason) => Note::new("partition_by", "nothing", reason),
        }
    }
}

fn rank(name: &str) -> usize {
    let name = time_name::words(name).join("_");
    EVENT_TIMES.iter().position(|known| *known == name).unwrap_or(EVENT_TIMES.len())
}
