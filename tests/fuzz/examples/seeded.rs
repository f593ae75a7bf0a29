//! Runs the fuzz targets on stable Rust: changes the seeds pseudo-randomly from a fixed start, so that the same count does the same work.
//!
//!     seeded [COUNT [TARGET...]]

use bronzeworks_fuzz::TARGETS;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

/// Default number of inputs per target, which takes about twenty seconds in total.
const COUNT: u64 = 12_000;

/// Maximum length of an input in bytes.
const LONGEST: usize = 4096;

/// Fragments that are meaningful to the parsers.
const WORDS: [&[u8]; 33] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\n",
    b"\r\n",
    b"\\u",
    b"\\ud83d\\ude00",
    b"null",
    b"true",
    b"1e400",
    b"-0.0",
    b"\"error\":{\"code\":\"x\"}",
    b",\"error\":{\"code\":",
    b"\"raw\":\"",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\x1f\x8b\x08\0",
    b"\x28\xb5\x2f\xfd",
    b"\x50\x2a\x4d\x18",
    b"\x01\0\0",
    b"2024-02-29T23:59:59.5",
    b"+01:00",
    b"99999999999999999999",
    b"0.0000000000000000001",
    b"=",
    b"%2F",
    b"/",
    b"\"\"",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let end = (at + random.below(16)).min(input.len());
    match random.below(8) {
        0 => drop(input.drain(at..end)),
        1 => input.truncate(at),
        2 => {
            let copy = input[at..end].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, copy);
        }
        3 if at < input.len() => input[at] ^= 1 << random.below(8),
        4 if at < input.len() => input[at] = random.next() as u8,
        5 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        6 => input.insert(at, random.next() as u8),
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            input.splice(at..at, word.iter().copied());
        }
    }
    input.truncate(LONGEST);
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("every target has seeds")
        .map(|e| e.expect("a seed").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no seeds");
    #[expect(clippy::disallowed_methods, reason = "they are the project's own, and short")]
    let read = |path| std::fs::read(path).expect("a seed can be read");
    paths.iter().map(read).collect()
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().map_or(COUNT, |count| count.parse().expect("COUNT is a number"));
    let wanted: Vec<String> = arguments.collect();
    let mut failed = false;
    for (name, check) in
        TARGETS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name))
    {
        let seeds = seeds(name);
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let start = std::time::Instant::now();
        let found = (0..count).find_map(|number| {
            let mut input = seeds[number as usize % seeds.len()].clone();
            // The first round runs the seeds unchanged.
            let changes = if number < seeds.len() as u64 { 0 } else { 1 + random.below(6) };
            (0..changes).for_each(|_| change(&mut input, &seeds, &mut random));
            catch_unwind(AssertUnwindSafe(|| check(&input))).is_err().then_some(input)
        });
        match found {
            None => println!("{name}: {count} inputs, {:.1} s", start.elapsed().as_secs_f32()),
            Some(input) => {
                failed = true;
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(name);
                let path = folder.join("seeded");
                std::fs::create_dir_all(&folder)
                    .and_then(|()| std::fs::write(&path, &input))
                    .expect("the finding can be written");
                println!("{name}: FAILED on {} ({:?})", path.display(), String::from_utf8_lossy(&input));
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
