//! `sweep` repeats published measurements against the local cloud, and writes `REPORT.md` with plots and numbers.
//!
//! Modules, lowest layer first: `local_cloud` (the programs under test); `client`, `cell`, `stage` and `grid` (throughput by partitions,
//! clients and workers); `stations` and `pipeline` (the time from the stream to the lake); `chart`, `plots` and `report`; `arguments`.

mod arguments;
mod cell;
mod chart;
mod client;
mod grid;
mod local_cloud;
mod pipeline;
mod plots;
mod report;

mod stage;
mod stations;

use arguments::{Arguments, GridArguments, Measurement, PipelineArguments};
use cell::Cell;
use chrono::Utc;
use clap::Parser;
use pipeline::Passage;
use report::Report;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().measurement {
        Measurement::Grid(arguments) => grid(&arguments).await,
        Measurement::Pipeline(arguments) => pipeline(&arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the grid and, unless it is disabled, the pipeline.
async fn grid(arguments: &GridArguments) -> Result<(), String> {
    let cells = grid::measure(arguments, show_cell).await?;
    let of_pipeline = PipelineArguments {
        cloud: arguments.cloud.clone(),
        rollovers: arguments.rollovers.clone(),
        rate: 1000.0,
        partitions: 2,
        rounds: 2,
    };
    let passages = match arguments.no_pipeline {
        true => Vec::new(),
        false => pipeline::measure(&of_pipeline, show_passage).await?,
    };
    let report = Report {
        grid: Some((arguments, &cells)),
        pipeline: (!arguments.no_pipeline).then_some((&of_pipeline, &passages)),
        circumstances: &circumstances(),
    };
    report.write(&arguments.cloud.report)
}

async fn pipeline(arguments: &PipelineArguments) -> Result<(), String> {
    let passages = pipeline::measure(arguments, show_passage).await?;
    let circumstances = circumstances();
    let report = Report { grid: None, pipeline: Some((arguments, &passages)), circumstances: &circumstances };
    report.write(&arguments.cloud.report)
}

fn show_cell(cell: &Cell) {
    println!(
        "{} partitions, {} workers, {}: {:.2} MB/s ({:.1} %), {:.0} throttled/s, {} lost, {} duplicated",
        cell.partitions,
        cell.workers,
        cell.client.title(),
        cell.mb_per_second,
        cell.share() * 100.0,
        cell.throttled_per_second,
        cell.verdict.lost,
        cell.verdict.duplicated,
    );
}

fn show_passage(passage: &Passage) {
    let total = &passage.stations.total;
    println!(
        "rollover {} ms: {} records in {} objects, readable after {:.2} s (p50), {:.2} s (maximum)",
        passage.rollover_ms, passage.records, passage.objects, total.p50, total.max
    );
}

/// Describes the circumstances of the measurements: the command, the day and the machine.
fn circumstances() -> String {
    let command: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into()).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "Written by `sweep {}` on {}, {} with {cores} cores, which the emulator and the clients share.\n",
        command.join(" "),
        Utc::now().date_naive(),
        std::env::consts::ARCH,
    )
}
