use crate::stream_target::told;
use oci_client::{Environment, Request};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

/// An emulator that was started for a measurement, and ends with this value.
#[derive(Debug)]
pub(crate) struct LocalCloud {
    // Its processes end before the folder goes.
    _process: Child,
    _folder: TempDir,
    greeting: Vec<String>,
    url: String,
    config: PathBuf,
}

/// A service of `ingest` before a stream of a local cloud.
#[derive(Debug)]
pub(crate) struct IngestService {
    _process: Child,
    /// Where it takes records.
    pub url: String,
}

/// To be ready; keys are made first, which takes seconds in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The stream's name.
pub(crate) const STREAM: &str = "ledger";

/// Where the key of a journal's line is.
const KEY: &str = "pointer:/data/journal_external_reference";

impl LocalCloud {
    /// Starts an emulator with a stream of so many partitions, everything in memory, on free ports, with `more` arguments.
    ///
    /// # Errors
    ///
    /// It cannot be started, or does not come to be ready.
    pub(crate) async fn start(emulator: &Path, partitions: u32, more: &[String]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let mut command = Command::new(emulator);
        command.args(["--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0", "--in-memory"]);
        command.args(["--log-level", "warn", "--stream", &format!("{STREAM}:{partitions}")]).args(more);
        // Its log has what functions print, too: nobody reads that, unless it does not start.
        let log = folder.path().join("log");
        let to_log = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to_log);
        command.current_dir(folder.path()).kill_on_drop(true);
        let failed = |problem: String| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            format!(
                "the emulator {}: {problem}{}",
                emulator.display(),
                log.lines().last().unwrap_or_default()
            )
        };
        let mut process = command.spawn().map_err(|error| failed(error.to_string()))?;
        let output = process.stdout.take().ok_or_else(|| failed("it has no output".into()))?;
        let greeting = until(output, |line| line.starts_with("Ready")).await.map_err(failed)?;
        let mut cloud = LocalCloud {
            _process: process,
            _folder: folder,
            greeting,
            url: String::new(),
            config: PathBuf::new(),
        };
        cloud.url = cloud.greeted("endpoint", 1)?;
        cloud.config = cloud.greeted("config", 2)?.into();
        Ok(cloud)
    }

    /// A word of the greeting's line that begins with another.
    fn greeted(&self, word: &str, place: usize) -> Result<String, String> {
        let line = self.greeting.iter().find(|line| line.split_whitespace().next() == Some(word));
        let found = line.and_then(|line| line.split_whitespace().nth(place));
        found.map(str::to_owned).ok_or_else(|| format!("the emulator does not greet with its {word}"))
    }

    /// The stream's OCID.
    ///
    /// # Errors
    ///
    /// It was not told.
    pub(crate) fn stream_id(&self) -> Result<String, String> {
        let line = self.greeting.iter().find(|line| line.split_whitespace().next() == Some("stream"));
        let found = line.and_then(|line| line.split_whitespace().last());
        found.map(str::to_owned).ok_or_else(|| "the emulator does not greet with its stream".into())
    }

    /// Where API Gateway takes records for `ingest`.
    ///
    /// # Errors
    ///
    /// There is no deployment.
    pub(crate) fn journals_url(&self) -> Result<String, String> {
        Ok(format!("{}/journals", self.greeted("deployment", 2)?.trim_end_matches('/')))
    }

    fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("OCI_CLI_CONFIG_FILE", self.config.display().to_string()),
            ("OCI_STREAMING_ENDPOINT", self.url.clone()),
            ("OCI_OBJECT_STORAGE_ENDPOINT", self.url.clone()),
        ]
    }

    /// What a client finds it by.
    pub(crate) fn environment(&self) -> Environment {
        self.variables().iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Reads by its side door.
    ///
    /// # Errors
    ///
    /// It does not answer as it should.
    pub(crate) async fn control(&self, path: &str) -> Result<Value, String> {
        let request =
            Request::new("Control", http::Method::GET, &self.endpoint()?, format!("/_emulator/{path}"));
        self.send(&request).await
    }

    /// Ends its connector, which would compress what comes, beside what is measured.
    ///
    /// # Errors
    ///
    /// It does not take that.
    pub(crate) async fn deactivate_connector(&self) -> Result<(), String> {
        let Some(connector) = self.control("connectors").await?[0]["id"].as_str().map(str::to_owned) else {
            return Ok(());
        };
        let path = format!("/20200909/serviceConnectors/{connector}/actions/deactivate");
        let request = Request::new("DeactivateServiceConnector", http::Method::POST, &self.endpoint()?, path);
        self.send(&request).await.map(|_| ())
    }

    fn endpoint(&self) -> Result<oci_client::Endpoint, String> {
        self.url.parse().map_err(|error| format!("{}: {error}", self.url))
    }

    /// The answer's document; null where there is none.
    async fn send(&self, request: &Request) -> Result<Value, String> {
        let (principal, _) =
            oci_client::Principal::from_environment(&self.environment()).map_err(|error| told(&error))?;
        let client = oci_client::Client::builder(principal).build().map_err(|error| told(&error))?;
        let answer = client.send(request).await.map_err(|error| told(&error))?;
        match answer.body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&answer.body).map_err(|error| error.to_string()),
        }
    }

    /// Starts `ingest` as a service before the stream.
    ///
    /// # Errors
    ///
    /// It cannot be started, or does not come to listen.
    pub(crate) async fn ingest_service(&self, program: &Path) -> Result<IngestService, String> {
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--stream", &self.stream_id()?, "--key", KEY]);
        command.args(["--stream-endpoint", &self.url]).env_clear().envs(self.variables());
        command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let failed = |problem: String| format!("the service {}: {problem}", program.display());
        let mut process = command.spawn().map_err(|error| failed(error.to_string()))?;
        let log = process.stderr.take().ok_or_else(|| failed("it has no log".into()))?;
        let lines = until(log, |line| line.contains("\"listening\"")).await.map_err(failed)?;
        let line: Value = serde_json::from_str(lines.last().map_or("", String::as_str)).unwrap_or_default();
        let address =
            line["address"].as_str().ok_or_else(|| failed("it does not say where it listens".into()))?;
        Ok(IngestService { _process: process, url: format!("http://{address}/") })
    }
}

/// The lines up to the one that is waited for; what follows is read, and that is all: a pipe that nobody reads would stop the process.
async fn until(
    output: impl AsyncRead + Unpin + Send + 'static,
    is_it: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let mut output = BufReader::new(output).lines();
    let mut lines = Vec::new();
    let reading = async {
        while let Some(line) = output.next_line().await.map_err(|error| error.to_string())? {
            let found = is_it(&line);
            lines.push(line);
            if found {
                return Ok(());
            }
        }
        Err("it ended: ".to_owned())
    };
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(())) => {
            tokio::spawn(drain(output));
            Ok(lines)
        }
        Ok(Err(problem)) => Err(format!("{problem}{}", lines.join("; "))),
        Err(_) => Err(format!("it is not ready after {} s: ", PATIENCE.as_secs())),
    }
}

async fn drain(mut lines: Lines<BufReader<impl AsyncRead + Unpin>>) {
    while let Ok(Some(_)) = lines.next_line().await {}
}
