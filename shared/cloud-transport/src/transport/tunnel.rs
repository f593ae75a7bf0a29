use crate::proxies::Proxy;
use http::{StatusCode, Uri, header};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A proxy's response to `CONNECT` other than 2xx.
#[derive(Debug, thiserror::Error)]
#[error("the proxy {proxy} answered {status} when asked to connect to {target}")]
pub(crate) struct Refusal {
    proxy: String,
    target: String,
    pub(crate) status: StatusCode,
}

/// Maximum length of the head of a proxy's response.
const MAX_HEAD: usize = 16 << 10;

/// Asks a proxy for a tunnel to the host of an `https://` URL, with `CONNECT` (RFC 9110, section 9.3.6).
pub(crate) async fn open(stream: &mut TcpStream, proxy: &Proxy, uri: &Uri) -> io::Result<()> {
    let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?;
    let target = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
    if let Some(authorization) = &proxy.authorization {
        request.extend_from_slice(header::PROXY_AUTHORIZATION.as_str().as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    let status = status(&head(stream).await?)?;
    if status.is_success() {
        return Ok(());
    }
    let proxy = proxy.uri.authority().map(ToString::to_string).unwrap_or_default();
    Err(io::Error::other(Refusal { proxy, target, status }))
}

/// Reads up to the blank line and not beyond it, because what follows belongs to the tunnel.
async fn head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(io::Error::other("the head of the proxy's response is too long"));
        }
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(io::Error::new(error.kind(), "the proxy closed the connection"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}

/// Returns the status of a response that begins like `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> io::Result<StatusCode> {
    let parse = || {
        let version = head.strip_prefix(b"HTTP/1.")?;
        let code = version.get(1..)?.strip_prefix(b" ")?.get(..3)?;
        StatusCode::from_bytes(code).ok()
    };
    parse().ok_or_else(|| io::Error::other("the proxy's response is not HTTP"))
}
