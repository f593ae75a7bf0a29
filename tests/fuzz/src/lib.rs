//! Properties that must hold for any bytes, one function per parser. A function panics if its property does not hold.
//!
//! `fuzz_targets/` runs them with libFuzzer, and `examples/seeded.rs` in a seeded loop.

mod bytes;
mod lines;
mod requests;
mod values;

pub use bytes::{framer, gunzip, hive, object_name, unzstd};
pub use lines::{envelope, quarantine, receipt, values};
pub use requests::request;
pub use values::{json, row, scalars, schema_file};

/// A fuzz target: its name, which is also the name of its folder of seeds, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All fuzz targets.
pub const TARGETS: [Target; 14] = [
    ("json", json),
    ("gunzip", gunzip),
    ("unzstd", unzstd),
    ("framer", framer),
    ("envelope", envelope),
    ("object_name", object_name),
    ("row", row),
    ("schema_file", schema_file),
    ("scalars", scalars),
    ("receipt", receipt),
    ("quarantine", quarantine),
    ("values", values),
    ("hive", hive),
    ("request", request),
];

/// Splits the data into `N` sizes, one byte each and at least 1, and the rest.
fn sizes<const N: usize>(data: &[u8]) -> ([usize; N], &[u8]) {
    let (head, rest) = data.split_at(N.min(data.len()));
    (std::array::from_fn(|at| head.get(at).copied().unwrap_or(1).max(1) as usize), rest)
}
