//! `bronzeworks ingest`: runs the program `ingest` as a service.

use crate::verb::Verb;
use clap::Command;

pub(crate) const VERB: Verb = Verb { name: "ingest", command, run: ingest::run_service };

fn command(command: Command) -> Command {
    ingest::command(command, "bronzeworks ingest")
}
