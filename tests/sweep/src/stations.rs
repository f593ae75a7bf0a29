use serde::Serialize;
use std::ops::RangeInclusive;

/// A record that the stream accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Name of the stream partition.
    pub(crate) partition: String,
    /// Offset in that partition.
    pub(crate) offset: u64,
    /// When the response arrived, in milliseconds since 1970.
    pub(crate) milliseconds: i64,
}

/// A bronze object, and how it was curated. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// The offsets that it contains, by stream partition.
    pub(crate) ranges: Vec<(String, RangeInclusive<i64>)>,
    /// Number of rows that it became.
    pub(crate) rows: u64,
    /// When the connector had written it.
    pub(crate) written: i64,
    /// When the function was invoked for it.
    pub(crate) invoked: i64,
    /// Duration of the invocation in milliseconds.
    pub(crate) milliseconds: i64,
    /// Whether the invocation had to start a process.
    pub(crate) cold: bool,
}

/// How long records spent at each station between their acceptance and their rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Stations {
    /// From acceptance until the connector has written the object.
    pub(crate) connector: Seconds,
    /// From there until the function is invoked.
    pub(crate) event: Seconds,
    /// From there until the invocation ends; it writes the receipt last.
    pub(crate) curate: Seconds,
    /// The whole time.
    pub(crate) total: Seconds,
}

/// Quantiles over all records, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Seconds {
    /// The median.
    pub(crate) p50: f64,
    /// The 99th percentile.
    pub(crate) p99: f64,
    /// The maximum.
    pub(crate) max: f64,
}

/// The cost of `curate` for a million records.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Cost {
    /// Gigabytes of memory times seconds, per million records.
    pub(crate) gb_seconds: f64,
    /// Number of invocations per million records.
    #[serde(rename = "calls")]
    pub(crate) invocations: f64,
    /// Number of all measured invocations, not per million records, that had to start a process.
    #[serde(rename = "cold_calls")]
    pub(crate) cold_starts: usize,
}

/// Finds the object of each record, and computes how long records spent at each station and what a function with this memory costs.
///
/// # Errors
///
/// Returns an error if a record is in no object, or if there is no record.
pub(crate) fn stations(
    accepted: &[Accepted],
    objects: &[Object],
    memory_mb: u64,
) -> Result<(Stations, Cost), String> {
    if accepted.is_empty() {
        return Err("no record was accepted".into());
    }
    let (mut connector, mut event, mut curate, mut total) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for record in accepted {
        let holds = |object: &&Object| {
            object.ranges.iter().any(|(partition, range)| {
                *partition == record.partition
                    && i64::try_from(record.offset).is_ok_and(|offset| range.contains(&offset))
            })
        };
        let object = objects.iter().find(holds).ok_or_else(|| {
            format!(
                "no receipt covers the record at offset {} of partition {}",
                record.offset, record.partition
            )
        })?;
        connector.push(object.written - record.milliseconds);
        event.push(object.invoked - object.written);
        curate.push(object.milliseconds);
        total.push(object.invoked + object.milliseconds - record.milliseconds);
    }
    let rows: u64 = objects.iter().map(|object| object.rows).sum();
    let milliseconds: i64 = objects.iter().map(|object| object.milliseconds).sum();
    let per_million = |amount: f64| amount * 1e6 / rows.max(1) as f64;
    let cost = Cost {
        gb_seconds: per_million(milliseconds as f64 / 1000.0 * memory_mb as f64 / 1024.0),
        invocations: per_million(objects.len() as f64),
        cold_starts: objects.iter().filter(|object| object.cold).count(),
    };
    let stations = Stations {
        connector: Seconds::of(connector),
        event: Seconds::of(event),
        curate: Seconds::of(curate),
        total: Seconds::of(total),
    };
    Ok((stations, cost))
}

impl Seconds {
    /// Returns the quantiles of a non-empty list of milliseconds. A value may be slightly negative, because two clocks differ; it counts
    /// as 0.
    fn of(mut milliseconds: Vec<i64>) -> Self {
        milliseconds.sort_unstable();
        let at = |quantile: f64| {
            let rank = (milliseconds.len() as f64 * quantile).ceil() as usize;
            milliseconds[rank.clamp(1, milliseconds.len()) - 1].max(0) as f64 / 1000.0
        };
        Seconds { p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(partition: &str, range: RangeInclusive<i64>, written: i64) -> Object {
        let rows = (range.end() - range.start() + 1) as u64;
        let ranges = vec![(partition.to_owned(), range)];
        Object { ranges, rows, written, invoked: written + 20, milliseconds: 300, cold: written == 5_000 }
    }

    fn accepted(partition: &str, offset: u64, milliseconds: i64) -> Accepted {
        Accepted { partition: partition.to_owned(), offset, milliseconds }
    }

    #[test]
    fn the_time_is_split_by_station() {
        let objects = [object("0", 0..=9, 5_000), object("1", 0..=4, 6_000), object("0", 10..=14, 9_000)];
        let records = [accepted("0", 3, 1_000), accepted("1", 3, 1_000), accepted("0", 10, 8_999)];
        let (stations, cost) = stations(&records, &objects, 128).unwrap();
        let seconds = |p50, max| Seconds { p50, p99: max, max };
        assert_eq!(stations.connector, seconds(4.0, 5.0));
        assert_eq!((stations.event, stations.curate), (seconds(0.02, 0.02), seconds(0.3, 0.3)));
        assert_eq!(stations.total, seconds(4.32, 5.32));
        // 0.9 s with an eighth of a gigabyte, for 20 rows.
        assert_eq!((cost.gb_seconds, cost.invocations, cost.cold_starts), (5625.0, 150_000.0, 1));
    }

    #[test]
    fn a_record_in_no_object_is_named() {
        let objects = [object("0", 0..=9, 5_000)];
        for (partition, offset) in [("0", 10), ("1", 3)] {
            let error = stations(&[accepted(partition, offset, 0)], &objects, 128).unwrap_err();
            assert!(error.contains(&format!("{offset} of partition {partition}")), "{error}");
        }
        stations(&[], &objects, 128).unwrap_err();
    }
}
