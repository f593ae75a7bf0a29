//! Counts and limits the connections of each client.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::lock::lock;

/// The number of connections of each client.
#[derive(Debug)]
pub(crate) struct Crowd {
    /// The maximum number of connections per client.
    ceiling: usize,
    connections: Mutex<HashMap<IpAddr, usize>>,
}

/// A counted connection. Dropping it ends the count.
#[derive(Debug)]
pub(crate) struct Guest {
    crowd: Arc<Crowd>,
    client: IpAddr,
}

impl Crowd {
    pub(crate) fn new(ceiling: usize) -> Arc<Self> {
        Arc::new(Self { ceiling, connections: Mutex::default() })
    }

    /// Counts another connection; returns `None` if the client has reached the limit.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let client = client(address);
        let mut connections = self.connections();
        let count = connections.entry(client).or_default();
        if *count >= self.ceiling {
            return None;
        }
        *count += 1;
        Some(Guest { crowd: Arc::clone(self), client })
    }

    /// Returns the total number of connections.
    pub(crate) fn size(&self) -> usize {
        self.connections().values().sum()
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        lock(&self.connections)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut connections = self.crowd.connections();
        if let Some(count) = connections.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&self.client);
            }
        }
    }
}

/// Returns the address that identifies a client: an IPv4 address, or an IPv6 /64 network.
pub(crate) fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::Crowd;

    #[test]
    fn the_connections_of_a_client_are_limited() {
        let crowd = Crowd::new(2);
        let enter = |address: &str| crowd.enter(address.parse().unwrap());
        let (first, _second) = (enter("10.0.0.1").unwrap(), enter("::ffff:10.0.0.1").unwrap());
        assert!(enter("10.0.0.1").is_none());
        let _other = enter("10.0.0.2").unwrap();
        let (_one, _same) = (enter("2001:db8::1").unwrap(), enter("2001:db8::ffff:2").unwrap());
        assert!(enter("2001:db8::3").is_none());
        let _next = enter("2001:db8:0:1::3").unwrap();
        assert_eq!(crowd.size(), 6);
        drop(first);
        assert!(enter("10.0.0.1").is_some());
        drop(enter("10.0.0.9"));
        assert_eq!(crowd.connections().len(), 4);
    }
}
