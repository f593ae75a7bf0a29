//! A way into the program: as a function over its Unix socket, or as a service over TCP.

use crate::cloud::Cloud;
use crate::program::Program;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::net::{TcpStream, UnixStream};

pub(crate) struct Door {
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

/// What a producer gets.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Door {
    /// Opens it on a cloud's stream; a request has so many seconds.
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
                Door { program, way: Way::Function { socket, _folder: folder }, seconds }
            }
            Kind::Service => {
                let seconds_text = seconds.to_string();
                let arguments = ["--listen", "127.0.0.1:0", "--max-seconds", &seconds_text];
                let program = Program::start(&arguments, &variables);
                let line: Value = serde_json::from_str(&program.line("listening")).unwrap();
                let address = line["address"].as_str().unwrap().to_owned();
                Door { program, way: Way::Service { address }, seconds }
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
    pub(crate) async fn lines(&self, lines: &[String]) -> Answer {
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.post(&[("content-type", "application/x-ndjson")], body).await
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        self.send(Method::POST, "/records", headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
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
                answer(&mut sender, request.body(Full::new(body.into())).unwrap()).await
            }
            Way::Function { socket, .. } => {
                // Whole seconds, cut off, as the agent has it.
                let deadline = SystemTime::now() + Duration::from_secs(self.seconds);
                let deadline = jiff::Timestamp::try_from(deadline).unwrap();
                request = request
                    .method(Method::POST)
                    .uri("/call")
                    .header("fn-call-id", "test")
                    .header("fn-deadline", deadline.to_string())
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
                let mut told = answer(&mut sender, request.body(Full::new(body.into())).unwrap()).await;
                assert_eq!(told.status, 200, "{told:?}");
                told.status = told.header("fn-http-status").unwrap().parse().unwrap();
                told
            }
        }
    }
}

async fn answer(sender: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Answer {
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

impl Answer {
    /// A header, a gateway's with its prefix.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name).or_else(|| self.headers.get(format!("fn-http-h-{name}")));
        value.map(|value| value.to_str().unwrap())
    }

    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Of each record: `stored`, or the code of its failure.
    pub(crate) fn told(&self) -> Vec<String> {
        let document = self.document();
        let results = document["results"].as_array().unwrap_or_else(|| panic!("{document}"));
        let mut counts = serde_json::Map::new();
        let mut told = Vec::new();
        for (index, result) in results.iter().enumerate() {
            assert_eq!(result["index"], index);
            let status = result["status"].as_str().unwrap();
            let count = counts.get(status).and_then(Value::as_u64).unwrap_or_default();
            counts.insert(status.to_owned(), (count + 1).into());
            told.push(if status == "stored" { status } else { result["code"].as_str().unwrap() }.to_owned());
        }
        assert_eq!(document["counts"]["records"], results.len());
        for status in ["stored", "refused", "failed", "unknown"] {
            let count = counts.get(status).cloned().unwrap_or_else(|| 0.into());
            assert_eq!(document["counts"][status], count, "{status} of {document}");
        }
        told
    }

    /// Holds what is told of stored records against the stream: each is where it is said to be.
    pub(crate) fn is_true_of(&self, lines: &[String], cloud: &Cloud) {
        let stored = cloud.stored();
        let document = self.document();
        for (result, line) in document["results"].as_array().unwrap().iter().zip(lines) {
            let copies = stored.iter().filter(|stored| stored.value == line.as_bytes());
            let places: Vec<_> = copies.map(|stored| (stored.partition.as_str(), stored.offset)).collect();
            match result["status"].as_str().unwrap() {
                "stored" => {
                    let place = (result["partition"].as_str().unwrap(), result["offset"].as_u64().unwrap());
                    assert!(places.contains(&place), "{line} is at {places:?}, not {place:?}");
                }
                "unknown" => {}
                _ => assert!(places.is_empty(), "{line} is at {places:?}: {result}"),
            }
        }
    }
}
