//! Determines which requests go through a proxy.

mod bypass;

use crate::environment::Environment;
use crate::error::ConfigError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bypass::Bypass;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The proxies of a client, and the hosts that are reached directly.
///
/// `https://` requests go through a tunnel (`CONNECT`), so the proxy learns only the host. `http://` requests are sent to the proxy as a
/// whole. The proxy, not this program, looks up the names of hosts behind it.
///
/// Loopback addresses, `localhost` and link-local addresses are always reached directly, because the metadata services of clouds, at
/// 169.254.169.254, give credentials to anyone who asks.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    https: Option<Proxy>,
    http: Option<Proxy>,
    bypass: Bypass,
}

/// A proxy that is reached over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// The proxy's URL, `http://host:port`, without credentials.
    pub(crate) uri: Uri,
    /// The value of `Proxy-Authorization`.
    pub(crate) authorization: Option<HeaderValue>,
}

/// The environment variables that [`Proxies::from_environment`] reads, each with a description: a sentence without a period.
pub const PROXY_VARIABLES: &[(&str, &str)] = &[
    ("https_proxy", "Proxy for `https://` requests: `http://[USER:PASSWORD@]HOST[:PORT]`"),
    ("HTTPS_PROXY", "Same as `https_proxy`, which takes precedence"),
    ("http_proxy", "Proxy for `http://` requests"),
    ("HTTP_PROXY", "Same as `http_proxy`, which takes precedence"),
    (
        "no_proxy",
        "Hosts to reach directly, separated by commas: `example.com` and its subdomains, `.example.com` (subdomains only), `10.0.0.0/8`, \
         `192.0.2.1`, each with an optional `:PORT`; `*` is every host",
    ),
    ("NO_PROXY", "Same as `no_proxy`, which takes precedence"),
];

/// Port of a proxy whose URL specifies none.
const DEFAULT_PORT: u16 = 80;

impl Proxies {
    /// Uses no proxy: every host is reached directly.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the proxies from the environment, see [`PROXY_VARIABLES`]. The lower-case name takes precedence, as in curl and Python.
    ///
    /// # Errors
    ///
    /// Fails if a proxy's URL cannot be used. Only `http://` proxies are supported, not `https://` or `socks5://`. The message does not
    /// show the credentials.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let proxy = |names: &[&'static str; 2]| {
            let Some((name, value)) = environment.first(names) else { return Ok(None) };
            let proxy = value.parse::<Proxy>();
            proxy.map(Some).map_err(|problem| ConfigError::new(format!("{name} {problem}")))
        };
        let bypass = environment.first(&["no_proxy", "NO_PROXY"]).map(|(_, value)| Bypass::parse(value));
        Ok(Proxies {
            https: proxy(&["https_proxy", "HTTPS_PROXY"])?,
            http: proxy(&["http_proxy", "HTTP_PROXY"])?,
            bypass: bypass.unwrap_or_default(),
        })
    }

    /// Returns the proxy for a request to this URL, or `None` to send it directly.
    pub(crate) fn of(&self, uri: &Uri) -> Option<&Proxy> {
        let (proxy, default_port) = match uri.scheme_str()? {
            "https" => (self.https.as_ref()?, 443),
            "http" => (self.http.as_ref()?, 80),
            _ => return None,
        };
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
        let direct = is_local(host) || self.bypass.has(host, uri.port_u16().unwrap_or(default_port));
        (!direct).then_some(proxy)
    }
}

/// Returns whether a host is this machine or has a link-local address.
fn is_local(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name.eq_ignore_ascii_case("localhost")
        || match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
            Ok(IpAddr::V6(address)) => is_local_v6(address),
            Err(_) => false,
        }
}

fn is_local_v6(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(address) => address.is_loopback() || address.is_link_local(),
        // fd00:ec2::254 is the metadata service of AWS.
        None => {
            address.is_loopback()
                || address.is_unicast_link_local()
                || address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

impl FromStr for Proxy {
    type Err = String;

    /// Parses a proxy's URL. The error is the end of a sentence and reveals nothing of the text, which may contain a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                return Err(format!("names a proxy with the scheme {scheme}; only http is supported"));
            }
            Some(_) => return Err("is not the URL of a proxy, such as http://proxy.example.com:3128".into()),
            None => text,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, authority) = match rest.rsplit_once('@') {
            Some((credentials, authority)) => (Some(credentials), authority),
            None => (None, rest),
        };
        let authority: http::uri::Authority =
            authority.parse().map_err(|_| "has a proxy without a valid host and port")?;
        if authority.as_str().rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'))
            && authority.port_u16().is_none()
        {
            return Err("has a proxy with an invalid port".into());
        }
        let port = authority.port_u16().unwrap_or(DEFAULT_PORT);
        let uri = format!("http://{}:{port}", authority.host()).parse();
        let uri = uri.map_err(|_| "has a proxy without a valid host and port")?;
        let authorization = credentials.map(basic).transpose()?;
        Ok(Proxy { uri, authorization })
    }
}

/// Returns the header for Basic authentication (RFC 7617) with the percent-encoded credentials of a URL.
fn basic(credentials: &str) -> Result<HeaderValue, String> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let mut text: Vec<u8> = percent_decode_str(user).collect();
    text.push(b':');
    text.extend(percent_decode_str(password));
    let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text)));
    let mut value = value.map_err(|_| "has a user or password that cannot be sent")?;
    value.set_sensitive(true);
    Ok(value)
}

/// Hides the credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
#[path = "proxies_tests.rs"]
mod tests;
