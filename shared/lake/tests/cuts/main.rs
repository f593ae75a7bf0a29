//! Cuts a small object of every format at every byte. What precedes the cut is curated as if nothing were missing, and no byte is lost.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod case;
#[path = "../common/mod.rs"]
mod common;
mod cut_object;

use bronze::Compression;
use case::Case;
use common::{How, curate_pieces, gzip, lake};
use cut_object::CutObject;

/// Returns text as two zstd frames with checksums.
fn zstd(text: &[u8]) -> Vec<u8> {
    let mut context = zstd_safe::CCtx::create();
    context.set_parameter(zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    let (first, second) = text.split_at(text.len() / 2);
    let mut object = Vec::new();
    for part in [first, second] {
        let mut frame = Vec::with_capacity(zstd_safe::compress_bound(part.len()));
        context.compress2(&mut frame, part).unwrap();
        object.extend(frame);
    }
    object
}

/// Returns text as two gzip members.
fn members(text: &[u8]) -> Vec<u8> {
    let (first, second) = text.split_at(text.len() / 2);
    [gzip(first), gzip(second)].concat()
}

/// Checks an object, whole and cut at every byte.
fn check_cuts(case: &Case, object: &[u8], named: Option<Compression>) {
    let whole = CutObject::new(case, object, named);
    assert_eq!(whole.text.len(), case.text().len(), "{}", case.name);
    let rows = whole.rows();
    whole.check(&rows);
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), case.offsets(), "{}", case.name);
    for cut in 0..object.len() {
        CutObject::new(case, &object[..cut], named).check(&rows);
    }
}

/// Checks that an object that arrives in two pieces is written as one that arrives whole, wherever it is divided.
fn check_pieces(case: &Case, object: &[u8], how: &How) {
    let lake = lake(&case.schema);
    let whole = curate_pieces(&lake, [object], how);
    for at in 1..object.len() {
        let (first, second) = object.split_at(at);
        let written = curate_pieces(&lake, [first, second], how);
        assert!(written == whole, "{}, in chunks of {}, divided at {at}", case.name, how.chunk_size);
    }
}

#[test]
fn plain_text_cut_at_any_byte_loses_nothing_before_the_cut() {
    for case in Case::all() {
        check_cuts(&case, &case.text(), None);
    }
}

#[test]
fn gzip_cut_at_any_byte_loses_nothing_before_the_cut() {
    for case in Case::all() {
        check_cuts(&case, &members(&case.text()), Some(Compression::Gzip));
    }
}

#[test]
fn zstd_cut_at_any_byte_loses_nothing_before_the_cut() {
    for case in Case::all() {
        check_cuts(&case, &zstd(&case.text()), Some(Compression::Zstd));
    }
}

// Each chunk holds a few units.
#[test]
fn plain_text_in_two_pieces_is_written_as_in_one() {
    for case in Case::all() {
        check_pieces(&case, &case.text(), &How { named: None, chunk_size: 100, ..case.how.clone() });
    }
}

#[test]
fn a_compressed_object_in_two_pieces_is_written_as_in_one() {
    for case in Case::all() {
        check_pieces(&case, &members(&case.text()), &case.how);
        check_pieces(&case, &zstd(&case.text()), &How { named: Some(Compression::Zstd), ..case.how.clone() });
    }
}
