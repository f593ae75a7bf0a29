use fn_kit::chain;
use oci_requests::{Environment, Request};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

/// A local cloud for one measurement. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct LocalCloud {
    // Declared first, so that the process ends before its folder is removed.
    _process: Child,
    _folder: TempDir,
    greeting: Vec<String>,
    url: String,
    config: PathBuf,
}

/// `ingest` as a service in front of a local cloud's stream.
#[derive(Debug)]
pub(crate) struct IngestService {
    _process: Child,
    /// The URL at which it accepts records.
    pub(crate) url: String,
}

/// How long a program may take to start. The local cloud generates keys first, which takes seconds in a debug build on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Name of the stream.
pub(crate) const STREAM: &str = "ledger";

/// The location of the key in a line of a journal.
const KEY: &str = "pointer:/data/journal_external_reference";

impl LocalCloud {
    /// Starts a local cloud with one stream, in memory, on free ports, with the additional arguments in `more`.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be started or does not become ready.
    pub(crate) async fn start(bronzeworks: &Path, partitions: u32, more: &[String]) -> Result<Self, String> {
        let folder =
            tempfile::tempdir().map_err(|error| format!("cannot create a temporary folder: {error}"))?;
        let mut command = Command::new(bronzeworks);
        command.arg("local").args([
            "--listen",
            "127.0.0.1:0",
            "--gateway-listen",
            "127.0.0.1:0",
            "--in-memory",
            "--verbose",
        ]);
        command.args(["--log-level", "warn", "--stream", &format!("{STREAM}:{partitions}")]).args(more);
        // The log, which includes the output of functions, only matters if the local cloud does not start.
        let log = folder.path().join("log");
        let to_log = std::fs::File::create(&log)
            .map_err(|error| format!("cannot create {}: {error}", log.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to_log);
        command.current_dir(folder.path()).kill_on_drop(true);
        let failed = |problem: String| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            format!("{} local: {problem}{}", bronzeworks.display(), log.lines().last().unwrap_or_default())
        };
        let mut process = command.spawn().map_err(|error| failed(error.to_string()))?;
        let output = process.stdout.take().ok_or_else(|| failed("no output".into()))?;
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

    /// Returns the word at a position of the greeting's line that begins with `first`.
    fn greeted(&self, first: &str, position: usize) -> Result<String, String> {
        let line = self.greeting.iter().find(|line| line.split_whitespace().next() == Some(first));
        let found = line.and_then(|line| line.split_whitespace().nth(position));
        found.map(str::to_owned).ok_or_else(|| format!("the local cloud's greeting has no {first}"))
    }

    /// Returns the OCID of the stream.
    ///
    /// # Errors
    ///
    /// Returns an error if the greeting does not contain the OCID.
    pub(crate) fn stream_id(&self) -> Result<String, String> {
        let line = self.greeting.iter().find(|line| line.split_whitespace().next() == Some("stream"));
        let found = line.and_then(|line| line.split_whitespace().last());
        found.map(str::to_owned).ok_or_else(|| "the local cloud's greeting has no stream".into())
    }

    /// Returns the URL at which API Gateway accepts records for `ingest`.
    ///
    /// # Errors
    ///
    /// Returns an error if the greeting contains no deployment.
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

    /// Returns the environment of a client that uses this cloud.
    pub(crate) fn environment(&self) -> Environment {
        self.variables().iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Returns a document of the control API.
    ///
    /// # Errors
    ///
    /// Returns an error if the request fails.
    pub(crate) async fn control(&self, path: &str) -> Result<Value, String> {
        let request =
            Request::new("Control", http::Method::GET, &self.endpoint()?, format!("/_emulator/{path}"));
        self.send(&request).await
    }

    /// Deactivates the connector, whose compression would compete with the measured programs.
    ///
    /// # Errors
    ///
    /// Returns an error if a request fails.
    pub(crate) async fn deactivate_connector(&self) -> Result<(), String> {
        let Some(connector) = self.control("connectors").await?[0]["id"].as_str().map(str::to_owned) else {
            return Ok(());
        };
        let path = format!("/20200909/serviceConnectors/{connector}/actions/deactivate");
        let request = Request::new("DeactivateServiceConnector", http::Method::POST, &self.endpoint()?, path);
        self.send(&request).await.map(|_| ())
    }

    fn endpoint(&self) -> Result<oci_requests::Endpoint, String> {
        self.url.parse().map_err(|error| format!("{}: {error}", self.url))
    }

    /// Returns the JSON document of the response; null if there is none.
    async fn send(&self, request: &Request) -> Result<Value, String> {
        let (principal, _) =
            oci_requests::Principal::from_environment(&self.environment()).map_err(|error| chain(&error))?;
        let client = oci_requests::Client::builder(principal).build().map_err(|error| chain(&error))?;
        let response = client.send(request).await.map_err(|error| chain(&error))?;
        match response.body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&response.body).map_err(|error| error.to_string()),
        }
    }

    /// Starts `ingest` as a service in front of the stream.
    ///
    /// # Errors
    ///
    /// Returns an error if the service cannot be started or does not listen.
    pub(crate) async fn ingest_service(&self, program: &Path) -> Result<IngestService, String> {
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--stream", &self.stream_id()?, "--key", KEY]);
        command.args(["--stream-endpoint", &self.url]).env_clear().envs(self.variables());
        command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let failed = |problem: String| format!("the service {}: {problem}", program.display());
        let mut process = command.spawn().map_err(|error| failed(error.to_string()))?;
        let log = process.stderr.take().ok_or_else(|| failed("no log".into()))?;
        let lines = until(log, |line| line.contains("\"listening\"")).await.map_err(failed)?;
        let line: Value = serde_json::from_str(lines.last().map_or("", String::as_str)).unwrap_or_default();
        let address =
            line["address"].as_str().ok_or_else(|| failed("its log does not say where it listens".into()))?;
        Ok(IngestService { _process: process, url: format!("http://{address}/") })
    }
}

/// Returns the lines of an output up to the awaited one. Later lines are read and discarded, because a full pipe would block the process.
async fn until(
    output: impl AsyncRead + Unpin + Send + 'static,
    is_awaited: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let mut output = BufReader::new(output).lines();
    let mut lines = Vec::new();
    let reading = async {
        while let Some(line) = output.next_line().await.map_err(|error| error.to_string())? {
            let found = is_awaited(&line);
            lines.push(line);
            if found {
                return Ok(());
            }
        }
        Err("it exited: ".to_owned())
    };
    match tokio::time::timeout(TIMEOUT, reading).await {
        Ok(Ok(())) => {
            tokio::spawn(drain(output));
            Ok(lines)
        }
        Ok(Err(problem)) => Err(format!("{problem}{}", lines.join("; "))),
        Err(_) => Err(format!("it is not ready after {} s: ", TIMEOUT.as_secs())),
    }
}

async fn drain(mut lines: Lines<BufReader<impl AsyncRead + Unpin>>) {
    while let Ok(Some(_)) = lines.next_line().await {}
}
