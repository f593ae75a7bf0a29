use crate::batch::Batch;
use fastrand::Rng;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, ToSpan};
use std::io::Write;
use std::ops::{Range, RangeInclusive};

/// Journals of a general ledger, without end: lines that share their header's fields and their key, as the public load generator
/// (`run-gen.py`, its function `get_journal_lines`) makes them.
///
/// The same seed and worker give the same records, byte for byte: nothing is read from a clock. The lines of a journal balance exactly.
#[derive(Debug, Clone)]
pub struct Journals {
    random: Rng,
    lines: RangeInclusive<u32>,
    run_id: String,
    created: DateTime,
    /// What all lines of the present journal have in common, from `"timestamp"` to `"journal_line_number": `.
    header: Vec<u8>,
}

/// When the first journal is created: when the published run began.
const BEGIN: DateTime = date(2024, 6, 28).at(8, 28, 42, 252_957_000);

/// From one journal to the next.
const STEP: SignedDuration = SignedDuration::from_micros(1_003);

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const UPPER_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Every third journal is of each of the great ones, as published.
const CURRENCIES: [&str; 9] = ["EUR", "EUR", "EUR", "USD", "USD", "USD", "GBP", "CHF", "JPY"];

/// Characters of a journal's reference, which is the key.
const REFERENCE: usize = 20;

/// Lengths of descriptions, and of the header's name.
const DESCRIPTION: RangeInclusive<usize> = 10..=80;
const NAME: RangeInclusive<usize> = 10..=40;

/// Amounts are counted in 10^-12, the digits that the published ones have, so that sums are exact.
const DECIMALS: u32 = 12;
const UNIT: u64 = 10_u64.pow(DECIMALS);
const AMOUNT: Range<u64> = UNIT..10_000 * UNIT;

impl Journals {
    /// The journals of one worker, each with `minrec` to `maxrec` lines (of the two whichever is less comes first, and there is one at
    /// least).
    pub fn new(seed: u64, worker: u32, minrec: u32, maxrec: u32) -> Self {
        // Neighbouring seeds and workers have nothing in common.
        let seed = Rng::with_seed(seed).u64(..) ^ Rng::with_seed(!u64::from(worker)).u64(..);
        Journals {
            random: Rng::with_seed(seed),
            lines: minrec.min(maxrec).max(1)..=minrec.max(maxrec).max(1),
            run_id: run_id(worker),
            created: BEGIN,
            header: Vec::new(),
        }
    }

    /// Appends the next journal to a batch.
    pub fn next(&mut self, batch: &mut Batch) {
        let count = self.random.u32(self.lines.clone());
        let key = self.begin(batch);
        let mut balance = 0_i64;
        for number in 1..count {
            let amount = self.random.u64(AMOUNT);
            let debit = self.random.bool();
            balance += if debit { amount as i64 } else { -(amount as i64) };
            self.line(batch, &key, number, debit, amount);
        }
        // What is missing: a hundred lines of ten thousands are a tenth of what fits.
        self.line(batch, &key, count, balance <= 0, balance.unsigned_abs());
        self.created = self.created.saturating_add(STEP);
    }

    /// Draws the header, and puts the key into the batch.
    fn begin(&mut self, batch: &mut Batch) -> Range<usize> {
        let Journals { random, created, header, .. } = self;
        let posted = created.date();
        let period = posted.last_of_month();
        let day = posted.strftime("%Y-%m-%dT00:00:00");
        let moment = created.strftime("%Y-%m-%dT%H:%M:%S%.6f");
        // Values are put together a moment later than the journal.
        let sent = created.saturating_add(710.microseconds());
        header.clear();
        let mut put = |text: std::fmt::Arguments<'_>| header.write_fmt(text).expect("memory takes it");
        put(format_args!("\"timestamp\": \"{}\", \"data\": {{", sent.strftime("%Y-%m-%dT%H:%M:%S%.6f")));
        header.extend_from_slice(b"\"journal_header_source_code\": \"");
        letters(random, UPPER, 3, header);
        header.extend_from_slice(b"\", \"journal_external_reference\": \"");
        let reference = header.len();
        letters(random, UPPER_AND_DIGITS, REFERENCE, header);
        let key = batch.append(&header[reference..]);
        header.extend_from_slice(b"\", \"journal_header_description\": \"");
        small_letters(random, DESCRIPTION, header);
        let currency = CURRENCIES[random.usize(..CURRENCIES.len())];
        let mut put = |text: std::fmt::Arguments<'_>| header.write_fmt(text).expect("memory takes it");
        put(format_args!(
            "\", \"period_code\": \"{}\", \"period_date\": \"{}\", \"currency_code\": \"{currency}\", \"journal_category_code\": \"",
            posted.strftime("%Y%m"),
            period.strftime("%Y-%m-%dT00:00:00"),
        ));
        letters(random, UPPER, 3, header);
        let mut put = |text: std::fmt::Arguments<'_>| header.write_fmt(text).expect("memory takes it");
        put(format_args!(
            "\", \"journal_posted_date\": \"{day}\", \"journal_created_date\": \"{day}\", \"journal_created_timestamp\": \"{moment}\", \
             \"journal_actual_flag\": \"Y\", \"journal_status\": \"",
        ));
        letters(random, UPPER, 3, header);
        header.extend_from_slice(b"\", \"journal_header_name\": \"");
        small_letters(random, NAME, header);
        header.extend_from_slice(
            b"\", \"reversal_flag\": \"N\", \"reversal_journal_header_source_code\": \"\", \"journal_line_number\": ",
        );
        key
    }

    fn line(&mut self, batch: &mut Batch, key: &Range<usize>, number: u32, debit: bool, amount: u64) {
        let Journals { random, run_id, header, .. } = self;
        let out = batch.buffer();
        let start = out.len();
        out.extend_from_slice(b"{\"uuid\": \"");
        uuid(random, out);
        out.extend_from_slice(b"\", \"run_id\": \"");
        out.extend_from_slice(run_id.as_bytes());
        out.extend_from_slice(b"\", \"scenario\": \"stream\", ");
        out.extend_from_slice(header);
        write!(out, "{number}").expect("memory takes it");
        for (name, letter) in [("account", b'A'), ("organization", b'R'), ("project", b'P')] {
            out.extend_from_slice(b", \"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"_code\": \"");
            out.push(letter);
            digits(random, out);
            out.push(b'"');
        }
        out.extend_from_slice(b", \"journal_line_type\": \"");
        out.extend_from_slice(if debit { b"DR" } else { b"CR" });
        out.push(b'"');
        for of in ["entered", "accounted"] {
            for (side, is_this) in [("debit", debit), ("credit", !debit)] {
                out.extend_from_slice(b", \"");
                out.extend_from_slice(of.as_bytes());
                out.push(b'_');
                out.extend_from_slice(side.as_bytes());
                out.extend_from_slice(b"_amount\": ");
                decimal(if is_this { amount } else { 0 }, out);
            }
        }
        out.extend_from_slice(b", \"journal_line_description\": \"");
        small_letters(random, DESCRIPTION, out);
        out.extend_from_slice(b"\"}}");
        batch.end(Some(key.clone()), start);
    }
}

/// The name of a worker's run: `YYYYMMDD_HHMMSS_NUMBER`, where the published one has a process id.
pub fn run_id(worker: u32) -> String {
    format!("{}_{worker}", BEGIN.strftime("%Y%m%d_%H%M%S"))
}

fn letters(random: &mut Rng, alphabet: &[u8], count: usize, out: &mut Vec<u8>) {
    out.extend((0..count).map(|_| alphabet[random.usize(..alphabet.len())]));
}

/// A text of small letters. One draw is good for ten of them: there are 36 bits of choice in 8 letters, and a third more in the draw.
fn small_letters(random: &mut Rng, lengths: RangeInclusive<usize>, out: &mut Vec<u8>) {
    const A_DRAW: usize = 10;
    let end = out.len() + random.usize(lengths);
    while out.len() < end {
        let mut draw = random.u64(..);
        for _ in 0..A_DRAW.min(end - out.len()) {
            // The upper part of a product with 26 is even enough for a text.
            let product = u128::from(draw) * 26;
            out.push(b'a' + (product >> 64) as u8);
            draw = product as u64;
        }
    }
}

/// Three of them.
fn digits(random: &mut Rng, out: &mut Vec<u8>) {
    let number = random.u32(..1000);
    out.extend([100, 10, 1].map(|place| b'0' + (number / place % 10) as u8));
}

/// A random one, of version 4.
pub(crate) fn uuid(random: &mut Rng, out: &mut Vec<u8>) {
    let bits = random.u128(..) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    for nibble in (0..32).rev() {
        out.push(HEX[(bits >> (4 * nibble)) as usize & 0xf]);
        if matches!(nibble, 24 | 20 | 16 | 12) {
            out.push(b'-');
        }
    }
}

/// A number of units, without zeros at the end.
fn decimal(units: u64, out: &mut Vec<u8>) {
    write!(out, "{}", units / UNIT).expect("memory takes it");
    let (mut rest, mut places) = (units % UNIT, DECIMALS as usize);
    if rest > 0 {
        while rest.is_multiple_of(10) {
            rest /= 10;
            places -= 1;
        }
        write!(out, ".{rest:0places$}").expect("memory takes it");
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
