//! The rate limit of a deployment.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use super::crowd::client;
use super::specification::RateLimiting;
use crate::lock::lock;
use crate::token_bucket::TokenBucket;

/// Admits a limited number of requests per second, in total or per client.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    limit: RateLimiting,
    /// Allowances by client; the key `None` is all clients together.
    buckets: Mutex<HashMap<Option<IpAddr>, TokenBucket>>,
}

/// Maximum number of clients remembered. Above it, clients with a full allowance are forgotten; if there are none, all are.
const CLIENTS: usize = 10_000;

impl RateLimiter {
    pub(crate) fn new(limit: RateLimiting) -> Self {
        Self { limit, buckets: Mutex::default() }
    }

    /// Admits a request, or returns the milliseconds after which to try again.
    pub(crate) fn admit(&self, address: IpAddr, now: i64) -> Result<(), u64> {
        let rate = Some(self.limit.requests_per_second);
        let mut buckets = lock(&self.buckets);
        let key = self.limit.by_client.then(|| client(address));
        if buckets.len() >= CLIENTS && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.left(rate, now) < self.limit.requests_per_second);
            if buckets.len() >= CLIENTS {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_default();
        match bucket.wait(rate, 1, now) {
            0 => {
                bucket.take(rate, 1, now);
                Ok(())
            }
            wait => Err(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{CLIENTS, RateLimiter, RateLimiting};

    fn limiter(by_client: bool) -> RateLimiter {
        RateLimiter::new(RateLimiting { requests_per_second: 2, by_client })
    }

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_rate_applies_in_total_or_per_client() {
        for (by_client, third) in [(false, Err(500)), (true, Ok(()))] {
            let limiter = limiter(by_client);
            assert_eq!([1, 1].map(|client| limiter.admit(address(client), 0)), [Ok(()), Ok(())]);
            assert_eq!(limiter.admit(address(2), 0), third);
            assert_eq!(limiter.admit(address(1), 0), Err(500));
            assert_eq!(limiter.admit(address(1), 500), Ok(()));
        }
    }

    #[test]
    fn clients_are_forgotten_above_the_limit() {
        let limiter = limiter(true);
        let most = u32::try_from(CLIENTS).unwrap();
        for client in 0..3 * most {
            assert_eq!(limiter.admit(address(client), 0), Ok(()));
        }
        assert!(limiter.buckets.lock().unwrap().len() <= CLIENTS);
        assert_eq!(limiter.admit(address(3 * most - 1), 0), Ok(()));
        assert_eq!(limiter.admit(address(3 * most - 1), 0), Err(500));
    }
}
