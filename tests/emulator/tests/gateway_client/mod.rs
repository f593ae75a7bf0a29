//! A client of a gateway on a plain socket, which sends exactly the bytes that a test specifies.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// A connection to a gateway.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

/// A response with all its headers, in order.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(url: &str) -> Self {
        let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    /// Opens a connection whose kernel buffers next to nothing.
    pub(crate) fn narrow(url: &str) -> Self {
        let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&address.into()).unwrap();
        Self { stream: BufReader::new(socket.into()) }
    }

    /// Sends as much as the gateway accepts. The gateway may close the connection once it has read enough.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    /// Returns the next line without its line ending. It is an error if the connection has ended.
    pub(crate) fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    /// Reads a response, and its body unless it responds to a HEAD request.
    pub(crate) fn answer(&mut self, has_body: bool) -> io::Result<Response> {
        let status = self.line()?.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        let length = response.header("content-length").filter(|_| has_body);
        response.body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut response.body)?;
        Ok(response)
    }

    /// Returns whether the other side has closed or reset the connection and has sent everything.
    pub(crate) fn is_over(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0) | Err(_))
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns the gateway's own error: the status, and the code and message in the body.
    pub(crate) fn words(&self) -> (u16, u64, String) {
        let document = self.document();
        let message = document["message"].as_str().unwrap().to_owned();
        (self.status, document["code"].as_u64().unwrap(), message)
    }
}

/// Returns the head and body of a request, including its content length.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.1\r\nHost: gateway\r\n");
    for (name, value) in headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        bytes += &format!("Content-Length: {}\r\n", body.len());
    }
    let mut bytes = format!("{bytes}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Sends a request on a connection of its own, and reads the response.
pub(crate) fn call(url: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut connection = Connection::open(url);
    let _ = connection.send(request(method, target, headers, body));
    connection.answer(method != "HEAD").unwrap()
}
