use std::net::IpAddr;

/// The hosts listed in `NO_PROXY`, which are reached directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bypass(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    /// `example.com`: the host and its subdomains.
    Domain(String),
    /// `.example.com`: only its subdomains.
    Subdomains(String),
    /// An address, or a network with its prefix length. Only hosts given as addresses match: names are not looked up for this.
    Network(IpAddr, u8),
}

impl Bypass {
    /// Parses a comma-separated list. Blanks around entries are ignored. As in other programs, an entry that is neither a host nor a
    /// network matches nothing.
    pub(crate) fn parse(list: &str) -> Self {
        Bypass(
            list.split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .filter_map(Rule::parse)
                .collect(),
        )
    }

    /// Returns whether a host is reached directly. IPv6 addresses must not have brackets.
    pub(crate) fn has(&self, host: &str, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        self.0.iter().any(|rule| rule.port.is_none_or(|only| only == port) && rule.hosts.has(&host))
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        // An IPv6 address contains colons; with a port it is in brackets.
        if entry.parse::<IpAddr>().is_ok() || entry.contains('/') {
            return Some(Rule { hosts: Hosts::parse(entry)?, port: None });
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (entry, None),
        };
        Some(Rule { hosts: Hosts::parse(host.trim_start_matches('[').trim_end_matches(']'))?, port })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Hosts::All);
        }
        if let Some((address, length)) = text.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let length: u8 = length.parse().ok()?;
            return (length <= bits(address).1).then_some(Hosts::Network(address, length));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Hosts::Network(address, bits(address).1));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
            Some(domain) => Some(Hosts::Subdomains(domain.to_owned())),
            None => Some(Hosts::Domain(name)),
        }
    }

    fn has(&self, host: &str) -> bool {
        let below = |domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        };
        match self {
            Hosts::All => true,
            Hosts::Domain(domain) => host == domain || below(domain),
            Hosts::Subdomains(domain) => below(domain),
            Hosts::Network(network, length) => {
                host.parse::<IpAddr>().is_ok_and(|address| is_in(address, *network, *length))
            }
        }
    }
}

/// Returns the bits of an address, aligned to the highest bit, and their number.
fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

fn is_in(address: IpAddr, network: IpAddr, length: u8) -> bool {
    if address.is_ipv4() != network.is_ipv4() {
        return false;
    }
    let differing = bits(address).0 ^ bits(network).0;
    // `checked_shr` covers a shift by all 128 bits, which is an overflow.
    differing.checked_shr(128 - u32::from(length)).unwrap_or(0) == 0
}
