//! `ingest`: a function where the platform says so, by `FN_LISTENER`, and else a service.

fn main() {}
