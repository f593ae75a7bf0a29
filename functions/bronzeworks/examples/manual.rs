//! Writes the tool's man pages and shell completions: `cargo run -p bronzeworks --example manual FOLDER`.
//!
//! The folder then contains `man/bronzeworks.1`, `man/bronzeworks-VERB.1`, `completions/bronzeworks.{bash,fish}` and
//! `completions/_bronzeworks`. `deploy/release` adds them to the tarball and the wheel.

use clap_complete::aot::{Bash, Fish, Zsh, generate_to};
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("usage: manual FOLDER"))?;
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    fs::create_dir_all(&man)?;
    fs::create_dir_all(&completions)?;
    clap_mangen::generate_to(bronzeworks::command(), man)?;
    let mut command = bronzeworks::command();
    generate_to(Bash, &mut command, "bronzeworks", &completions)?;
    generate_to(Zsh, &mut command, "bronzeworks", &completions)?;
    generate_to(Fish, &mut command, "bronzeworks", &completions)?;
    Ok(())
}
