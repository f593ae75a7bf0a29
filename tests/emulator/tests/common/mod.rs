//! A client that signs by hand and speaks HTTP on a plain socket, so that nothing is between a test and the wire.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod bronze;
pub(crate) mod program;

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pkcs8::SecretDocument;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;

/// A client with its signing key and the address of the services.
pub(crate) struct Client {
    pub(crate) authority: String,
    pub(crate) key_id: String,
    key: KeyPair,
}

/// A request before it is signed. Tests can change every field afterwards.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Creates a client that signs with the `DEFAULT` profile of a credentials folder.
    pub(crate) fn api_key(url: &str, folder: &Path) -> Self {
        let config = text(&folder.join("config"));
        let value = |key: &str| {
            let line = config.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap();
            line.to_owned()
        };
        let key_id = format!("{}/{}/{}", value("tenancy"), value("user"), value("fingerprint"));
        Self::new(url, key_id, &text(Path::new(&value("key_file"))))
    }

    /// Creates a client that signs as the resource principal whose files are in a credentials folder now.
    pub(crate) fn resource_principal(url: &str, folder: &Path) -> Self {
        let folder = folder.join("resource-principal");
        Self::new(url, format!("ST${}", text(&folder.join("rpst"))), &text(&folder.join("private.pem")))
    }

    pub(crate) fn new(url: &str, key_id: String, pem: &str) -> Self {
        let pem = pem.trim_end().trim_end_matches("OCI_API_KEY");
        let (_, document) = SecretDocument::from_pem(pem).unwrap();
        let key = KeyPair::from_pkcs8(document.as_bytes()).unwrap();
        Self { authority: url.strip_prefix("http://").unwrap().to_owned(), key_id, key }
    }

    /// Signs and sends a request. It is an error if there is no complete response.
    pub(crate) fn send(
        &self,
        method: &'static str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let mut request = self.request(method, target, headers, body);
        self.sign(&mut request);
        self.exchange(&request)
    }

    /// Signs and sends a request, and panics if there is no complete response.
    pub(crate) fn call(
        &self,
        method: &'static str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        self.send(method, target, headers, body).unwrap()
    }

    pub(crate) fn json(&self, method: &'static str, target: &str, body: &serde_json::Value) -> Response {
        self.call(method, target, &[], body.to_string().as_bytes())
    }

    /// Creates a request with the headers that its signature needs.
    pub(crate) fn request(
        &self,
        method: &'static str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Request {
        let mut all = vec![
            ("date".to_owned(), chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("host".to_owned(), self.authority.clone()),
        ];
        if matches!(method, "PUT" | "POST") {
            let sha256 = BASE64_STANDARD.encode(digest(&SHA256, body));
            all.push(("content-length".to_owned(), body.len().to_string()));
            all.push(("content-type".to_owned(), "application/json".to_owned()));
            all.push(("x-content-sha256".to_owned(), sha256));
        }
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Request { method, target: target.to_owned(), headers: all, body: body.to_vec() }
    }

    /// Adds the authorization for the current content of the request.
    pub(crate) fn sign(&self, request: &mut Request) {
        let upload = request.method == "PUT";
        let mut names = vec!["date", "(request-target)", "host"];
        if request.method == "POST" {
            names.extend(["content-length", "content-type", "x-content-sha256"]);
        }
        request.headers.retain(|(name, _)| !(upload && name == "x-content-sha256"));
        self.sign_headers(request, &names);
    }

    pub(crate) fn sign_headers(&self, request: &mut Request, names: &[&str]) {
        let lines: Vec<String> = names
            .iter()
            .map(|name| match *name {
                "(request-target)" => {
                    format!("(request-target): {} {}", request.method.to_lowercase(), request.target)
                }
                name => format!("{name}: {}", request.header(name)),
            })
            .collect();
        let mut signature = vec![0; self.key.public().modulus_len()];
        let message = lines.join("\n");
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        let authorization = format!(
            r#"Signature version="1",keyId="{}",algorithm="rsa-sha256",headers="{}",signature="{}""#,
            self.key_id,
            names.join(" "),
            BASE64_STANDARD.encode(signature),
        );
        request.headers.push(("authorization".to_owned(), authorization));
    }

    /// Sends a request unchanged, on a connection of its own.
    pub(crate) fn exchange(&self, request: &Request) -> io::Result<Response> {
        let mut stream = TcpStream::connect(&self.authority)?;
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
        stream.write_all(&request.body)?;
        Response::read(BufReader::new(stream), request.method == "HEAD")
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap()
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

impl Response {
    fn read(mut stream: BufReader<TcpStream>, head: bool) -> io::Result<Self> {
        let mut line = String::new();
        let mut next = |stream: &mut BufReader<TcpStream>| {
            line.clear();
            match stream.read_line(&mut line)? {
                0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                _ => Ok(line.trim_end().to_owned()),
            }
        };
        let status = next(&mut stream)?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = BTreeMap::new();
        loop {
            let line = next(&mut stream)?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.insert(name.to_owned(), value.to_owned());
        }
        let length = headers.get("content-length").filter(|_| !head);
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body)?;
        Ok(Self { status, headers, body })
    }

    pub(crate) fn document(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.document()["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
