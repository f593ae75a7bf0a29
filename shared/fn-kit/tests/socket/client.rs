//! Plays the agent's side of the wire, byte by byte.

use http::HeaderMap;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// A connection on which a test can write anything.
pub(crate) struct Client {
    stream: UnixStream,
    read: Vec<u8>,
}

/// A response as received.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(socket: &Path) -> Self {
        Client { stream: UnixStream::connect(socket).await.unwrap(), read: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Does the same as `write`, but the other side may have closed the connection.
    pub(crate) async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await
    }

    /// Closes the sending side, while the response may still arrive.
    pub(crate) async fn half_close(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Does the same as `half_close`, but the other side may have closed the connection.
    pub(crate) async fn half_close_if_open(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Makes a call as the agent does, with a body in one chunk or none.
    pub(crate) async fn call(&mut self, headers: &str, body: &[u8]) -> Reply {
        self.write(call(headers, body)).await;
        self.reply().await.expect("an answer")
    }

    /// Reads the next response, or returns `None` if the connection ends without another one.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.more().await {
                assert!(self.read.is_empty(), "half a head: {:?}", String::from_utf8_lossy(&self.read));
                return None;
            }
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let (version, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let status = rest.split(' ').next().unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            headers.append(http::HeaderName::try_from(name).unwrap(), value.trim().parse().unwrap());
        }
        let length = match headers.get("content-length") {
            Some(length) => length.to_str().unwrap().parse().unwrap(),
            None => 0, // 100 Continue
        };
        while self.read.len() < length {
            assert!(self.more().await, "the connection ended within a body");
        }
        let body = self.read.drain(..length).collect();
        Some(Reply { version: version.to_owned(), status, headers, body })
    }

    /// Reads everything until the connection ends.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    async fn more(&mut self) -> bool {
        let mut buffer = [0; 65536];
        // A reset also counts as the end.
        match self.stream.read(&mut buffer).await {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.read.extend_from_slice(&buffer[..length]);
                true
            }
        }
    }
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Returns the bytes of a call. An empty body has a length of 0, and any other is chunked, as Go's client sends it.
pub(crate) fn call(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(headers);
    if body.is_empty() {
        bytes.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        return bytes;
    }
    bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
    for part in body.chunks(32 << 10) {
        bytes.extend_from_slice(&chunk(part));
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Returns the head of a call, without the framing of its body and without the final blank line.
pub(crate) fn head(headers: &str) -> Vec<u8> {
    let mut head =
        "POST /call HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nFn-Call-Id: 01CALL\r\n"
            .to_owned();
    if !headers.to_ascii_lowercase().contains("fn-deadline") {
        head.push_str(&deadline(30));
    }
    head.push_str(headers);
    head.into_bytes()
}

/// Returns a header with a deadline in this many seconds, rounded down to whole seconds as the agent does.
pub(crate) fn deadline(seconds: i64) -> String {
    let deadline = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds);
    format!("Fn-Deadline: {}\r\n", deadline.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
