use crate::cell::{Cell, LIMIT_MB};
use crate::chart::{Chart, Curve, Panel};
use crate::client::Client;
use std::path::Path;

/// Writes the plots of a grid into a folder.
///
/// # Errors
///
/// Returns an error if a file cannot be written.
pub(crate) fn write(cells: &[Cell], folder: &Path) -> Result<(), String> {
    throughput(cells).write(folder, "throughput")?;
    throttled(cells).write(folder, "throttled")?;
    latency(cells).write(folder, "latency")?;
    Ok(())
}

fn throughput(cells: &[Cell]) -> Chart {
    let limit = |partitions| Some(("limit".to_owned(), LIMIT_MB * f64::from(partitions)));
    chart("Throughput", "MB/s", cells, limit, &[("", false, &|cell| Some(cell.mb_per_second))])
}

fn throttled(cells: &[Cell]) -> Chart {
    let value = |cell: &Cell| Some(cell.throttled_per_second);
    chart("Throttled messages", "messages/s", cells, |_| None, &[("", false, &value)])
}

fn latency(cells: &[Cell]) -> Chart {
    let values: [Values<'_>; 2] = [(", p99", false, &|cell| cell.p99), (", p50", true, &|cell| cell.p50)];
    Chart { logarithmic: true, ..chart("Latency of a record", "milliseconds", cells, |_| None, &values) }
}

/// A kind of curve: the suffix of the client's name, whether it is faint, and its value in a cell.
type Values<'a> = (&'a str, bool, &'a dyn Fn(&Cell) -> Option<f64>);

fn chart(
    title: &str,
    unit: &str,
    cells: &[Cell],
    limit: impl Fn(u32) -> Option<(String, f64)>,
    values: &[Values<'_>],
) -> Chart {
    let workers = distinct(cells.iter().map(|cell| cell.workers));
    let clients = distinct(cells.iter().map(|cell| cell.client));
    let panel = |partitions: u32| {
        let curve = |client: &Client, (name, faint, value): &Values<'_>| {
            let at = |workers: &u32| {
                let is_this = |cell: &&Cell| {
                    (cell.client, cell.partitions, cell.workers) == (*client, partitions, *workers)
                };
                cells.iter().find(is_this).and_then(value)
            };
            Curve {
                name: format!("{}{name}", client.title()),
                color: *client as usize,
                faint: *faint,
                values: workers.iter().map(at).collect(),
            }
        };
        let curves = clients.iter().flat_map(|client| values.iter().map(move |value| curve(client, value)));
        Panel {
            title: format!("{partitions} partitions"),
            limit: limit(partitions),
            curves: curves.collect(),
        }
    };
    Chart {
        title: title.to_owned(),
        steps_label: "workers".to_owned(),
        values_label: unit.to_owned(),
        steps: workers.iter().map(u32::to_string).collect(),
        panels: distinct(cells.iter().map(|cell| cell.partitions)).into_iter().map(panel).collect(),
        logarithmic: false,
    }
}

/// Returns the distinct values, in the order of their first occurrence.
pub(crate) fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}
