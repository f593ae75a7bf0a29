use crate::arguments::{PipelineArguments, SweepArguments};
use crate::chart::{Chart, Curve, Panel};
use crate::pipeline::Passage;
use crate::stations::Seconds;
use crate::sweep::{Cell, Client, LIMIT_MB};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What was measured, as Markdown with its plots beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The grid, with how it was run.
    pub grid: Option<(&'a SweepArguments, &'a [Cell])>,
    /// The pipeline, with how it was run.
    pub pipeline: Option<(&'a PipelineArguments, &'a [Passage])>,
    /// The machine and the day.
    pub circumstances: &'a str,
}

/// The published throughput by partitions, in MB/s.
const PUBLISHED: [(u32, f64); 3] = [(2, 1.9), (4, 3.7), (8, 7.3)];

const SOURCE: &str = "https://jakubillner.github.io/2024/06/28/streaming-ingest.html";

/// From here on people have written, and it stays.
const CONCLUSIONS: &str = "\n## What it says\n";

/// The folder of the plots, beside the report.
const PLOTS: &str = "plots";

impl Report<'_> {
    /// Writes `REPORT.md` and its plots into a folder, with the numbers as JSON beside them.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), String> {
        let plots = folder.join(PLOTS);
        fs::create_dir_all(&plots).map_err(|error| format!("{}: {error}", plots.display()))?;
        let put = |path: &Path, text: &str| {
            fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
        };
        let mut text = String::from("# Measurements\n\n");
        text += self.circumstances;
        text += "\n";
        if let Some((arguments, cells)) = self.grid {
            throughput(cells).write(&plots, "throughput")?;
            throttled(cells).write(&plots, "throttled")?;
            latency(cells).write(&plots, "latency")?;
            put(&plots.join("grid.json"), &json(&cells))?;
            text += &grid(arguments, cells);
        }
        if let Some((arguments, passages)) = self.pipeline {
            put(&plots.join("pipeline.json"), &json(&passages))?;
            text += &pipeline(arguments, passages);
        }
        let report = folder.join("REPORT.md");
        if let Ok(before) = fs::read_to_string(&report)
            && let Some(place) = before.find(CONCLUSIONS)
        {
            text += &before[place..];
        }
        put(&report, &text)
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("numbers and names are JSON") + "\n"
}

fn grid(arguments: &SweepArguments, cells: &[Cell]) -> String {
    let SweepArguments { duration, warm_up, client_rate, retries, cloud, .. } = arguments;
    let mut text = format!(
        "
## The published grid

Published ([the measured run]({SOURCE})): 1.9, 3.7 and 7.3 MB/s through 2, 4 and 8 partitions; throttling from 4 workers on at 8 partitions; \
         messages lost from 8 workers on. Here, against the emulator with the service's limits on writing (1 MB/s and 1,000 messages/s a partition, \
         a second's room saved up at most): each cell is a window of {duration} s after {warm_up} s that use up that room; nothing new is begun \
         after it, and what is under way is brought to its end. Journals of 60 to 100 lines (seed {}), one key each.

- **published client**: its algorithm – one journal a PutMessages, failed entries again after 30 ms·2ⁿ (at most 3 s, half fixed, half random), no \
         hint heeded, no pacing. It was set to {retries} retries, and its loop compares by `<=`, so that it retries {} times. \
         Its Python takes its time: {:.1} MB/s a worker, which is what the published observations come to (one worker fills two partitions, and \
         two do not fill eight).
- **published algorithm, unpaced**: the same at the speed of this program.
- **ingest as a function**: {} journals a POST, as NDJSON, and as many POSTs under way as there are workers, but at least {} for each partition. **ingest as a \
         service**: {} journal a POST, and at least {} for each partition. So many because each journal goes to one partition by chance: with fewer, some would \
         have nothing to do. What is answered as throttled is posted again, not sooner than `Retry-After` says.

MB/s: bytes of keys and values that came to the stream in the window, by its own count; of room saved up, up to a second's worth can come on top of the limit. *Throttled*: messages a second that the stream refused, by its own count, over the whole \
         run. *Lost* and *twice*: found by reading the whole stream back (of all records of the cell, warm-up included). *Disordered*: records behind a \
         later one of their key. p50 and p99: from when a record was to be sent until it was confirmed.

![Throughput]({PLOTS}/throughput.svg)

![Throttled messages]({PLOTS}/throttled.svg)

![Latency]({PLOTS}/latency.svg)
",
        cloud.seed,
        retries + 1,
        client_rate / 1e6,
        Client::Function.journals(),
        Client::Function.at_once(),
        Client::Service.journals(),
        Client::Service.at_once(),
    );
    for partitions in partitions(cells) {
        let published = PUBLISHED.iter().find(|(count, _)| *count == partitions);
        let published = published.map(|(_, rate)| format!("; published {rate} MB/s")).unwrap_or_default();
        let _ = write!(
            text,
            "
### {partitions} partitions: at most {:.0} MB/s{published}

| client | workers | MB/s | of the limit | throttled/s | sent | lost | twice | disordered | p50 | p99 |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
",
            LIMIT_MB * f64::from(partitions)
        );
        for cell in cells.iter().filter(|cell| cell.partitions == partitions) {
            let verdict = &cell.verdict;
            let _ = writeln!(
                text,
                "| {} | {} | {:.2} | {:.1} % | {:.0} | {} | {} | {} | {} | {} | {} |",
                cell.client.title(),
                cell.workers,
                cell.mb_per_second,
                cell.share() * 100.0,
                cell.throttled_per_second,
                verdict.records,
                verdict.lost,
                verdict.duplicated,
                verdict.out_of_order,
                milliseconds(cell.p50),
                milliseconds(cell.p99),
            );
        }
    }
    text + &lies(cells)
}

/// What must not be: a record that was confirmed and is not there.
fn lies(cells: &[Cell]) -> String {
    let lies: u64 = cells.iter().map(|cell| cell.verdict.confirmed_but_lost).sum();
    let unconfirmed: u64 = cells.iter().map(|cell| cell.verdict.stored_unconfirmed).sum();
    let mut text = format!(
        "\nConfirmed records that are not on the stream: {lies}. Records that are, and were not confirmed: {unconfirmed}.\n"
    );
    for cell in cells.iter().filter(|cell| !cell.reasons.is_empty()) {
        let (client, partitions, workers) = (cell.client.title(), cell.partitions, cell.workers);
        let _ =
            writeln!(text, "\nOther failures with {client}, {partitions} partitions, {workers} workers:\n");
        for (reason, count) in &cell.reasons {
            let _ = writeln!(text, "- {count} × {reason}");
        }
    }
    text
}

fn pipeline(arguments: &PipelineArguments, passages: &[Passage]) -> String {
    let mut text = format!(
        "
## From the stream to the lake

Seconds from when a put was accepted until its rows were readable (the receipt is written), with {:.0} records a second on {} partitions for \
         {} rollovers each; `curate` with 128 MB, the smallest there is. *Connector*: until the bronze object is written; *event*: until the function is \
         called; *curate*: the call.

| rollover | records | objects | connector p50 / max | event p50 / max | curate p50 / max | all p50 / p99 / max | GB·s for a million | calls for a million | cold |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
",
        arguments.rate, arguments.partitions, arguments.rounds
    );
    for Passage { rollover_ms, records, objects, stations, cost } in passages {
        let both = |seconds: &Seconds| format!("{:.2} / {:.2}", seconds.p50, seconds.max);
        let all = &stations.total;
        let _ = writeln!(
            text,
            "| {:.1} s | {records} | {objects} | {} | {} | {} | {:.2} / {:.2} / {:.2} | {:.2} | {:.0} | {} |",
            *rollover_ms as f64 / 1000.0,
            both(&stations.connector),
            both(&stations.event),
            both(&stations.curate),
            all.p50,
            all.p99,
            all.max,
            cost.gb_seconds,
            cost.calls,
            cost.cold_calls,
        );
    }
    text += "
GB·s and calls are those of `curate`, from measured durations, process starts included. Larger objects cost less for each record: of a million \
         records, at the service's default rollover (7 minutes or 100 MB), what is read here at the longest is an upper bound.
";
    text
}

fn milliseconds(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.0} ms"))
}

fn partitions(cells: &[Cell]) -> Vec<u32> {
    distinct(cells.iter().map(|cell| cell.partitions))
}

fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
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

/// What is added to a client's name, whether the line is faint, and the value.
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
        let line = |client: &Client, (name, faint, value): &Values<'_>| {
            let at = |workers: &u32| {
                let is_it = |cell: &&Cell| {
                    (cell.client, cell.partitions, cell.workers) == (*client, partitions, *workers)
                };
                cells.iter().find(is_it).and_then(value)
            };
            Curve {
                name: format!("{}{name}", client.title()),
                colour: *client as usize,
                faint: *faint,
                values: workers.iter().map(at).collect(),
            }
        };
        let lines = clients.iter().flat_map(|client| values.iter().map(move |value| line(client, value)));
        Panel { title: format!("{partitions} partitions"), limit: limit(partitions), lines: lines.collect() }
    };
    Chart {
        title: title.to_owned(),
        steps_label: "workers".to_owned(),
        values_label: unit.to_owned(),
        steps: workers.iter().map(u32::to_string).collect(),
        panels: partitions(cells).into_iter().map(panel).collect(),
        logarithmic: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use crate::audit::Verdict;
    use clap::Parser;

    #[test]
    fn a_report_has_a_row_for_each_cell_and_its_plots() {
        let arguments = Arguments::parse_from(["loadgen", "sweep"]);
        let Command::Sweep(arguments) = arguments.command else { unreachable!() };
        let cell = |client, partitions, workers| Cell {
            client,
            partitions,
            workers,
            mb_per_second: f64::from(partitions) * 0.95,
            throttled_per_second: 12.0,
            p50: Some(20.0),
            p99: (workers > 1).then_some(300.0),
            verdict: Verdict { records: 77, lost: 3, ..Verdict::default() },
            reasons: [("500".to_owned(), 2)].into(),
        };
        let cells = [
            cell(Client::Published, 2, 1),
            cell(Client::Published, 2, 8),
            cell(Client::Service, 8, 1),
            cell(Client::Service, 8, 8),
        ];
        let report = Report { grid: Some((&arguments, &cells)), pipeline: None, circumstances: "Here." };
        let folder = tempfile::tempdir().unwrap();
        report.write(folder.path()).unwrap();
        let text = fs::read_to_string(folder.path().join("REPORT.md")).unwrap();
        for row in [
            "### 2 partitions: at most 2 MB/s; published 1.9 MB/s",
            "| published client | 1 | 1.90 | 95.0 % | 12 | 77 | 3 | 0 | 0 | 20 ms | – |",
            "| ingest as a service | 8 | 7.60 | 95.0 % | 12 | 77 | 3 | 0 | 0 | 20 ms | 300 ms |",
            "- 2 × 500",
        ] {
            assert!(text.contains(row), "{row} in\n{text}");
        }
        for plot in ["throughput", "throttled", "latency"] {
            assert!(text.contains(&format!("plots/{plot}.svg")));
            for kind in ["svg", "png"] {
                assert!(folder.path().join(format!("plots/{plot}.{kind}")).is_file());
            }
        }
    }

    #[test]
    fn what_people_concluded_from_a_report_stays_when_it_is_written_again() {
        let report = Report { grid: None, pipeline: None, circumstances: "Here." };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("REPORT.md");
        report.write(folder.path()).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        let conclusions = "\n## What it says\n\nIt is the limit.\n";
        fs::write(&path, format!("# Measurements\n\nElsewhere.\n{conclusions}")).unwrap();
        report.write(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first + conclusions);
    }
}
