//! Runs the emulator as a process of its own, which can be killed at any moment.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Client, text};

/// A running emulator on free ports, without the pipeline.
pub(crate) struct Program {
    child: Child,
    pub(crate) client: Client,
    greeting: Vec<String>,
}

impl Program {
    /// Starts the emulator on a state folder, with additional arguments, and reads its greeting.
    pub(crate) fn start(state: &Path, arguments: &[&str]) -> Self {
        Self::launch(Command::new(env!("CARGO_BIN_EXE_emulator")), state, arguments)
    }

    /// Starts the emulator like [`Program::start`], but it cannot write files of more than 64 KiB, so that writes fail as on a full disk.
    pub(crate) fn start_with_small_files(state: &Path, arguments: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        let script = "trap '' XFSZ && ulimit -f 64 && exec \"$0\" \"$@\"";
        shell.args(["-c", script, env!("CARGO_BIN_EXE_emulator")]);
        Self::launch(shell, state, arguments)
    }

    fn launch(mut command: Command, state: &Path, arguments: &[&str]) -> Self {
        let log = state.with_extension("log");
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--bare", "--verbose", "--state"])
            .arg(state)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let greeting: Vec<String> = lines.take_while(|line| !line.starts_with("Ready")).collect();
        let endpoint = told(&greeting, &["endpoint"]).and_then(|words| words.first().copied());
        let endpoint = endpoint.unwrap_or_else(|| panic!("the emulator did not start: {}", text(&log)));
        let client = Client::api_key(endpoint, &state.join("credentials"));
        Self { child, client, greeting }
    }

    pub(crate) fn tenancy(&self) -> &str {
        told(&self.greeting, &["tenancy"]).unwrap()[0]
    }

    /// Returns the OCID of a stream.
    pub(crate) fn stream(&self, name: &str) -> &str {
        told(&self.greeting, &["stream", name]).unwrap().last().unwrap()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the emulator to stop with SIGTERM, as a person does.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap()
    }

    /// Runs this many writers in a loop, each with its number and a counter. Kills the emulator while they write, once `enough` writes
    /// have been acknowledged, and returns everything that was acknowledged.
    pub(crate) fn kill_while<T: Send>(
        self,
        writers: usize,
        enough: u64,
        write: impl Fn(&Client, usize, usize) -> Vec<T> + Sync,
    ) -> Vec<T> {
        let (dead, count, write, client) = (AtomicBool::new(false), AtomicU64::new(0), &write, &self.client);
        let (dead, count) = (&dead, &count);
        let acknowledged = std::thread::scope(|scope| {
            let work = move |writer: usize| {
                let mut acknowledged = Vec::new();
                for number in 0.. {
                    if dead.load(Ordering::Relaxed) {
                        break;
                    }
                    let written = write(client, writer, number);
                    count.fetch_add(u64::from(!written.is_empty()), Ordering::Relaxed);
                    acknowledged.extend(written);
                }
                acknowledged
            };
            let writers: Vec<_> = (0..writers).map(|writer| scope.spawn(move || work(writer))).collect();
            while count.load(Ordering::Relaxed) < enough {
                std::thread::yield_now();
            }
            // The kill comes from outside, in the middle of whatever the emulator is doing.
            Command::new("kill").args(["-KILL", &self.child.id().to_string()]).status().unwrap();
            dead.store(true, Ordering::Relaxed);
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        self.kill();
        acknowledged
    }
}

/// Returns the rest of the greeting's line that starts with these words.
fn told<'a>(greeting: &'a [String], begin: &[&str]) -> Option<Vec<&'a str>> {
    greeting.iter().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.starts_with(begin).then(|| words[begin.len()..].to_vec())
    })
}
