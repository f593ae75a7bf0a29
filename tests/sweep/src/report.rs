use crate::arguments::{GridArguments, PipelineArguments};
use crate::cell::{Cell, LIMIT_MB};
use crate::client::Client;
use crate::pipeline::Passage;
use crate::plots::{self, distinct};
use crate::stations::Seconds;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The measurements as Markdown, accompanied by plots and numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The measurements of the grid, and the arguments that they were made with.
    pub(crate) grid: Option<(&'a GridArguments, &'a [Cell])>,
    /// The measurements of the pipeline, and the arguments that they were made with.
    pub(crate) pipeline: Option<(&'a PipelineArguments, &'a [Passage])>,
    /// The command, the day and the machine.
    pub(crate) circumstances: &'a str,
}

/// Published throughput in MB/s, by number of partitions.
const PUBLISHED: [(u32, f64); 3] = [(2, 1.9), (4, 3.7), (8, 7.3)];

const SOURCE: &str = "https://jakubillner.github.io/2024/06/28/streaming-ingest.html";

/// The heading of the section that people write; the section is kept when the report is written again.
const CONCLUSIONS: &str = "\n## Conclusions\n";

/// Name of the folder of plots and numbers, next to the report.
const PLOTS: &str = "plots";

impl Report<'_> {
    /// Writes `REPORT.md` into a folder, and the plots and numbers into a subfolder.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), String> {
        let plots = folder.join(PLOTS);
        fs::create_dir_all(&plots).map_err(|error| format!("cannot create {}: {error}", plots.display()))?;
        let put = |path: &Path, text: &str| {
            fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
        };
        let mut text = String::from("# Measurements\n\n");
        text += self.circumstances;
        text += "\n";
        if let Some((arguments, cells)) = self.grid {
            plots::write(cells, &plots)?;
            put(&plots.join("grid.json"), &json(&cells))?;
            text += &grid(arguments, cells);
        }
        if let Some((arguments, passages)) = self.pipeline {
            put(&plots.join("pipeline.json"), &json(&passages))?;
            text += &pipeline(arguments, passages);
        }
        let report = folder.join("REPORT.md");
        if let Ok(before) = fs::read_to_string(&report)
            && let Some(start) = before.find(CONCLUSIONS)
        {
            text += &before[start..];
        }
        put(&report, &text)
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("numbers and text are JSON") + "\n"
}

fn grid(arguments: &GridArguments, cells: &[Cell]) -> String {
    let GridArguments { duration, warm_up, client_rate, retries, cloud, .. } = arguments;
    let mut text = format!(
        "
## The published grid

The published run ([measurements]({SOURCE})) reached 1.9, 3.7 and 7.3 MB/s with 2, 4 and 8 partitions. It was throttled from 4 workers on with 8 partitions, \
         and lost messages from 8 workers on. Here the emulator enforces the service's limits on writing: 1 MB/s and 1,000 messages/s per partition, with at most one second \
         of saved capacity. Each row is a window of {duration} s after {warm_up} s of load that use up the saved capacity. When the window ends, no new request is sent, and \
         those in flight are finished. The records are journals of 60 to 100 lines (seed {}) with one key each.

- **published client**: its algorithm. It sends one journal per PutMessages and retries failed entries after 30 ms·2ⁿ (at most 3 s, half fixed, half random). It ignores \
         the service's hints and does no pacing. It is configured for {retries} retries, but its loop compares with `<=`, so it retries {} times. Its Python code limits a worker to \
         {:.1} MB/s; that follows from the published observations (one worker fills two partitions, and two don't fill eight).
- **published algorithm, unpaced**: the same algorithm at the speed of this program.
- **ingest as a function**: {} journals per POST, as NDJSON, with as many concurrent requests as workers, but at least {} per partition.
- **ingest as a service**: {} journal per POST, and at least {} concurrent requests per partition. There are so many because each journal goes to one partition by chance: with fewer, some \
         partitions would be idle. Throttled records are posted again, no sooner than `Retry-After` says.

*MB/s*: bytes of keys and values that arrived on the stream in the window, by the stream's own count; saved capacity can add up to a second's worth to the limit. *Throttled*: messages per second that the \
         stream refused over the whole run, by its own count. *Lost* and *duplicated*: found by reading the whole stream back (all records of the row, including the warm-up). *Out of order*: records behind a \
         later one of the same key. *p50* and *p99*: from when a record was due until it was confirmed.

![Throughput]({PLOTS}/throughput.svg)

![Throttled messages]({PLOTS}/throttled.svg)

![Latency]({PLOTS}/latency.svg)
",
        cloud.seed,
        retries + 1,
        client_rate / 1e6,
        Client::Function.journals(),
        Client::Function.concurrency(),
        Client::Service.journals(),
        Client::Service.concurrency(),
    );
    for partitions in distinct(cells.iter().map(|cell| cell.partitions)) {
        let published = PUBLISHED.iter().find(|(count, _)| *count == partitions);
        let published = published.map(|(_, rate)| format!("; published {rate} MB/s")).unwrap_or_default();
        let _ = write!(
            text,
            "
### {partitions} partitions: at most {:.0} MB/s{published}

| client | workers | MB/s | of the limit | throttled/s | sent | lost | duplicated | out of order | p50 | p99 |
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
    text + &failures(cells)
}

/// Reports confirmed records that are not on the stream, of which there must be none, and other failures.
fn failures(cells: &[Cell]) -> String {
    let broken: u64 = cells.iter().map(|cell| cell.verdict.confirmed_but_lost).sum();
    let unconfirmed: u64 = cells.iter().map(|cell| cell.verdict.stored_unconfirmed).sum();
    let mut text = format!(
        "\nConfirmed records that are not on the stream: {broken}. Records on the stream that were not confirmed: {unconfirmed}.\n"
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

Seconds from when a put was accepted until its rows were readable (the receipt is written), with {:.0} records/s on {} partitions for \
         {} rollovers each. `curate` has 128 MB, the minimum. *Connector*: until the bronze object is written; *event*: until the function is invoked; *curate*: the \
         duration of the invocation.

| rollover | records | objects | connector p50 / max | event p50 / max | curate p50 / max | total p50 / p99 / max | GB·s per million | invocations per million | cold |
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
            cost.invocations,
            cost.cold_starts,
        );
    }
    text += "
GB·s and invocations are those of `curate`, from measured durations that include process starts. Larger objects cost less per record: at the service's default rollover \
         (7 minutes or 100 MB) a million records cost less than the last row says.
";
    text
}

fn milliseconds(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.0} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Measurement};
    use clap::Parser;
    use loadgen::Verdict;

    #[test]
    fn a_report_has_a_row_per_cell_and_plots() {
        let arguments = Arguments::parse_from(["sweep", "grid"]);
        let Measurement::Grid(arguments) = arguments.measurement else { unreachable!() };
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
    fn the_conclusions_are_kept_when_the_report_is_written_again() {
        let report = Report { grid: None, pipeline: None, circumstances: "Here." };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("REPORT.md");
        report.write(folder.path()).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        let conclusions = "\n## Conclusions\n\nIt is the limit.\n";
        fs::write(&path, format!("# Measurements\n\nElsewhere.\n{conclusions}")).unwrap();
        report.write(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first + conclusions);
    }
}
