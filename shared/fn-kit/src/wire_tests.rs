#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use proptest::prelude::*;

const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx: y\r\n\r\nhello";
const EMPTY: &str = "HTTP/1.0 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const BAD: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
/// A body that looks like a refused response.
const QUOTED: &str = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 12\r\n\r\nHTTP/1.1 400";

proptest! {
    #[test]
    fn responses_pass_in_any_pieces_and_refused_ones_do_not_begin(
        parts in proptest::collection::vec(proptest::sample::select(vec![FINE, EMPTY, CONTINUE, QUOTED]), 0..6),
        cuts in proptest::collection::vec(1..40usize, 1..200),
    ) {
        let fine = parts.concat();
        let all = format!("{fine}{BAD}");
        let mut sent = Sent::default();
        let (mut at, mut cuts) = (0, cuts.iter().cycle());
        while at < all.len() {
            // hyper offers all remaining bytes, and the socket accepts some of them.
            let allowed = sent.allowed(&all.as_bytes()[at..]);
            prop_assert_eq!(at + allowed, fine.len());
            if allowed == 0 {
                break;
            }
            let taken = allowed.min(*cuts.next().unwrap());
            prop_assert_eq!(sent.follow(&all.as_bytes()[at..at + taken]), taken);
            at += taken;
        }
        prop_assert_eq!(at, fine.len());
    }
}
