//! The program's entry points: the function over its Unix socket, and the service over TCP.

use crate::cloud::Cloud;
use crate::program::Program;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::net::{TcpStream, UnixStream};

pub(crate) struct EntryPoint {
    pub(crate) program: Program,
    way: Way,
    seconds: u64,
}

enum Way {
    Function { socket: PathBuf, _folder: TempDir },
    Service { address: String },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Function,
    Service,
}

pub(crate) const BOTH: [Kind; 2] = [Kind::Function, Kind::Service];

/// The response as a producer receives it.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl EntryPoint {
    /// Starts the program with a cloud's stream. Each request has `seconds` to finish.
    pub(crate) async fn open(
        kind: Kind,
        cloud: &Cloud,
        seconds: u64,
        settings: &[(&'static str, &str)],
    ) -> Self {
        let mut variables = cloud.variables();
        for (name, value) in settings {
            variables.retain(|(known, _)| known != name);
            variables.push((name, (*value).to_owned()));
        }
        match kind {
            Kind::Function => {
                let folder = tempfile::tempdir().unwrap();
                let socket = folder.path().join("lsnr.sock");
                variables.push(("FN_LISTENER", format!("unix:{}", socket.display())));
                variables.push(("FN_MEMORY", "256".to_owned()));
                let program = Program::start(&[], &variables);
                for _ in 0..6000 {
                    if socket.exists() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                EntryPoint { program, way: Way::Function { socket, _folder: folder }, seconds }
            }
            Kind::Service => {
                let seconds_text = seconds.to_string();
                let arguments = ["--listen", "127.0.0.1:0", "--max-seconds", &seconds_text];
                let program = Program::start(&arguments, &variables);
                let line: Value = serde_json::from_str(&program.line("listening")).unwrap();
                let address = line["address"].as_str().unwrap().to_owned();
                EntryPoint { program, way: Way::Service { address }, seconds }
            }
        }
    }

    pub(crate) fn address(&self) -> &str {
        match &self.way {
            Way::Service { address } => address,
            Way::Function { .. } => panic!("a function has no address"),
        }
    }

    /// Posts lines of JSON.
    pub(crate) async fn lines(&self, lines: &[String]) -> Response {
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.post(&[("content-type", "application/x-ndjson")], body).await
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
        self.send(Method::POST, "/records", headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response {
        let mut request = Request::builder().header("host", "gateway");
        match &self.way {
            Way::Service { address } => {
                request = request.method(method).uri(path);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
                let (mut sender, connection) = handshake(io).await.unwrap();
                tokio::spawn(connection);
                exchange(&mut sender, request.body(Full::new(body.into())).unwrap()).await
            }
            Way::Function { socket, .. } => {
                // In whole seconds, rounded down, as the agent does.
                let deadline = SystemTime::now() + Duration::from_secs(self.seconds);
                let deadline = DateTime::<Utc>::from(deadline).to_rfc3339_opts(SecondsFormat::Secs, true);
                request = request
                    .method(Method::POST)
                    .uri("/call")
                    .header("fn-call-id", "test")
                    .header("fn-deadline", deadline)
                    .header("fn-intent", "httprequest")
                    .header("fn-http-method", method.as_str())
                    .header("fn-http-request-url", path);
                for (name, value) in headers {
                    request = request.header(format!("fn-http-h-{name}"), *value);
                    if *name == "content-type" {
                        request = request.header("content-type", *value);
                    }
                }
                let io = TokioIo::new(UnixStream::connect(socket).await.unwrap());
                let (mut sender, connection) = handshake(io).await.unwrap();
                tokio::spawn(connection);
                let mut response = exchange(&mut sender, request.body(Full::new(body.into())).unwrap()).await;
                assert_eq!(response.status, 200, "{response:?}");
                response.status = response.header("fn-http-status").unwrap().parse().unwrap();
                response
            }
        }
    }
}

async fn exchange(sender: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Response {
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response { status: head.status.as_u16(), headers: head.headers, body }
}

impl Response {
    /// Returns a header of the response. Behind a gateway it has a prefix.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name).or_else(|| self.headers.get(format!("fn-http-h-{name}")));
        value.map(|value| value.to_str().unwrap())
    }

    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Returns the result of each record: `stored`, or the code of its failure.
    pub(crate) fn results(&self) -> Vec<String> {
        let document = self.document();
        let results = document["results"].as_array().unwrap_or_else(|| panic!("{document}"));
        let mut counts = serde_json::Map::new();
        let mut codes = Vec::new();
        for (index, result) in results.iter().enumerate() {
            assert_eq!(result["index"], index);
            let status = result["status"].as_str().unwrap();
            let count = counts.get(status).and_then(Value::as_u64).unwrap_or_default();
            counts.insert(status.to_owned(), (count + 1).into());
            codes.push(if status == "stored" { status } else { result["code"].as_str().unwrap() }.to_owned());
        }
        assert_eq!(document["counts"]["records"], results.len());
        for status in ["stored", "refused", "failed", "unknown"] {
            let count = counts.get(status).cloned().unwrap_or_else(|| 0.into());
            assert_eq!(document["counts"][status], count, "{status} of {document}");
        }
        codes
    }

    /// Checks the reported positions: every stored record must be where the response says.
    pub(crate) fn is_true_of(&self, lines: &[String], cloud: &Cloud) {
        let stored = cloud.stored();
        let document = self.document();
        for (result, line) in document["results"].as_array().unwrap().iter().zip(lines) {
            let copies = stored.iter().filter(|stored| stored.value == line.as_bytes());
            let positions: Vec<_> = copies.map(|stored| (stored.partition.as_str(), stored.offset)).collect();
            match result["status"].as_str().unwrap() {
                "stored" => {
                    let position =
                        (result["partition"].as_str().unwrap(), result["offset"].as_u64().unwrap());
                    assert!(positions.contains(&position), "{line} is at {positions:?}, not {position:?}");
                }
                "unknown" => {}
                _ => assert!(positions.is_empty(), "{line} is at {positions:?}: {result}"),
            }
        }
    }
}
