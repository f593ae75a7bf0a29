//! [Partition projection](https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html): Athena computes the
//! partitions that a query needs instead of asking its catalog for them.

use crate::commands::ddl::logical_type::LogicalType;
use crate::commands::ddl::table::{Partition, Table};
use table::{TimeUnit, Transform};

/// A property of a table.
pub(super) type Property = (String, String);

/// Returns the properties that describe all partitions of the table, or `None` if the catalog must list them.
///
/// A projection that finds every row is always used: that of buckets and booleans that are never null. A projection of times finds only
/// the times in its range, so it is used only if the user has said when the data begins.
///
/// # Errors
///
/// Returns the partition that cannot be projected, if a projection was asked for.
pub(super) fn properties(table: &Table<'_>, since: Option<&str>) -> Result<Option<Vec<Property>>, String> {
    let exact = |partition: &Partition<'_>| !partition.nullable && values(partition).is_some();
    if table.partitions.is_empty() || (since.is_none() && !table.partitions.iter().all(exact)) {
        return Ok(None);
    }
    let mut properties = vec![("projection.enabled".to_owned(), "true".to_owned())];
    for partition in &table.partitions {
        let name = &partition.column.name;
        let times = since.and_then(|since| times(partition, since));
        let found = values(partition).or(times).ok_or_else(|| {
            format!("Athena cannot project {name:?}: only times, buckets and booleans. Leave out --since")
        })?;
        properties.extend(found.into_iter().map(|(key, value)| (format!("projection.{name}.{key}"), value)));
    }
    Ok(Some(properties))
}

/// Returns the projection of a partition with few values.
fn values(partition: &Partition<'_>) -> Option<Vec<(&'static str, String)>> {
    match partition.field.transform {
        Transform::Bucket(buckets) => {
            Some(vec![("type", "integer".into()), ("range", format!("0,{}", buckets - 1))])
        }
        Transform::Identity if partition.column.logical_type == LogicalType::Boolean => {
            Some(vec![("type", "enum".into()), ("values", "false,true".into())])
        }
        _ => None,
    }
}

/// Returns the projection of a partition by time, from a day to tomorrow.
fn times(partition: &Partition<'_>, since: &str) -> Option<Vec<(&'static str, String)>> {
    let (format, unit, length) = match partition.field.transform {
        Transform::Time(TimeUnit::Year, _) => ("yyyy", "YEARS", 4),
        Transform::Time(TimeUnit::Month, _) => ("yyyy-MM", "MONTHS", 7),
        Transform::Time(TimeUnit::Day, _) => ("yyyy-MM-dd", "DAYS", 10),
        Transform::Time(TimeUnit::Hour, _) => ("yyyy-MM-dd-HH", "HOURS", 13),
        Transform::Identity if partition.column.logical_type == LogicalType::Date => {
            ("yyyy-MM-dd", "DAYS", 10)
        }
        _ => return None,
    };
    let first: String = format!("{since}-00").chars().take(length).collect();
    Some(vec![
        ("type", "date".into()),
        ("format", format.into()),
        ("interval", "1".into()),
        ("interval.unit", unit.into()),
        // A clock may be ahead, and an offset may make tomorrow's partition today.
        ("range", format!("{first},NOW+1DAYS")),
    ])
}
