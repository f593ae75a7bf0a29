use serde::Serialize;
use std::ops::RangeInclusive;

/// A record that the stream has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The partition's name.
    pub partition: String,
    /// Its place there.
    pub offset: u64,
    /// When that was known, in milliseconds since 1970.
    pub milliseconds: i64,
}

/// A bronze object and what became of it. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// The offsets in it, by partition.
    pub ranges: Vec<(String, RangeInclusive<i64>)>,
    /// Rows made of it.
    pub rows: u64,
    /// When the connector had written it.
    pub written: i64,
    /// When the function was called about it.
    pub called: i64,
    /// How long it worked.
    pub milliseconds: i64,
    /// Whether its process was started for that.
    pub cold: bool,
}

/// Where the time goes between a record's acceptance and its row, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Stations {
    /// Until the connector has written the object.
    pub connector: Seconds,
    /// From there until the function is called.
    pub event: Seconds,
    /// From there until the receipt is written, which is the call's end.
    pub curate: Seconds,
    /// All of it.
    pub total: Seconds,
}

/// Quantiles over all records.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Seconds {
    /// The half of them.
    pub p50: f64,
    /// All but one in a hundred.
    pub p99: f64,
    /// All.
    pub max: f64,
}

/// What `curate` costs for a million records.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Cost {
    /// Gigabytes of memory times seconds.
    pub gb_seconds: f64,
    /// Calls.
    pub calls: f64,
    /// Those of all calls that had to start a process.
    pub cold_calls: usize,
}

/// Holds records against objects: where each of them was when, and what a function with so many MB costs.
///
/// # Errors
///
/// A record is in no object, or there are none.
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
            format!("the record at {} of partition {} is in no receipt", record.offset, record.partition)
        })?;
        connector.push(object.written - record.milliseconds);
        event.push(object.called - object.written);
        curate.push(object.milliseconds);
        total.push(object.called + object.milliseconds - record.milliseconds);
    }
    let rows: u64 = objects.iter().map(|object| object.rows).sum();
    let milliseconds: i64 = objects.iter().map(|object| object.milliseconds).sum();
    let of_a_million = |amount: f64| amount * 1e6 / rows.max(1) as f64;
    let cost = Cost {
        gb_seconds: of_a_million(milliseconds as f64 / 1000.0 * memory_mb as f64 / 1024.0),
        calls: of_a_million(objects.len() as f64),
        cold_calls: objects.iter().filter(|object| object.cold).count(),
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
    /// Of milliseconds, of which there are some. Two clocks' readings may differ by one the wrong way.
    fn of(mut milliseconds: Vec<i64>) -> Self {
        milliseconds.sort_unstable();
        let at = |quantile: f64| {
            let place = (milliseconds.len() as f64 * quantile).ceil() as usize;
            milliseconds[place.clamp(1, milliseconds.len()) - 1].max(0) as f64 / 1000.0
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
        Object { ranges, rows, written, called: written + 20, milliseconds: 300, cold: written == 5_000 }
    }

    fn accepted(partition: &str, offset: u64, milliseconds: i64) -> Accepted {
        Accepted { partition: partition.to_owned(), offset, milliseconds }
    }

    #[test]
    fn the_time_is_split_where_the_record_was() {
        let objects = [object("0", 0..=9, 5_000), object("1", 0..=4, 6_000), object("0", 10..=14, 9_000)];
        let records = [accepted("0", 3, 1_000), accepted("1", 3, 1_000), accepted("0", 10, 8_999)];
        let (stations, cost) = stations(&records, &objects, 128).unwrap();
        let seconds = |p50, max| Seconds { p50, p99: max, max };
        assert_eq!(stations.connector, seconds(4.0, 5.0));
        assert_eq!((stations.event, stations.curate), (seconds(0.02, 0.02), seconds(0.3, 0.3)));
        assert_eq!(stations.total, seconds(4.32, 5.32));
        // 0.9 s of an eighth of a gigabyte for 20 rows.
        assert_eq!((cost.gb_seconds, cost.calls, cost.cold_calls), (5625.0, 150_000.0, 1));
    }

    #[test]
    fn a_record_that_is_nowhere_is_named() {
        let objects = [object("0", 0..=9, 5_000)];
        for (partition, offset) in [("0", 10), ("1", 3)] {
            let told = stations(&[accepted(partition, offset, 0)], &objects, 128).unwrap_err();
            assert!(told.contains(&format!("{offset} of partition {partition}")), "{told}");
        }
        stations(&[], &objects, 128).unwrap_err();
    }
}
