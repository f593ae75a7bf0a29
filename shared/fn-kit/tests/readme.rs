//! The first example of the README builds with exactly the dependencies that the README lists.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// Returns the first code block of the README that begins with this fence.
fn block(fence: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{fence}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_example_needs_no_dependency_that_is_not_listed() {
    let (here, scratch) = (Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(env!("CARGO_TARGET_TMPDIR")));
    let package = scratch.join("readme");
    std::fs::create_dir_all(package.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"readme\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n{}\n\
         [patch.crates-io]\nfn-kit = {{ path = {here:?} }}\n",
        block("toml"),
    );
    std::fs::write(package.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(package.join("src/main.rs"), block("rust,no_run")).unwrap();
    // Uses the workspace's lock file, because those versions have already been downloaded.
    std::fs::copy(here.join("../../Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let check = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", scratch.join("readme-target"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
