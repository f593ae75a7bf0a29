use crate::batch::Batch;
use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta};
use fastrand::Rng;
use std::io::Write;
use std::ops::{Range, RangeInclusive};

/// An endless supply of general-ledger journals. The lines of a journal share their header fields and their key, as those of the public
/// load generator do (`get_journal_lines` in `run-gen.py`), and their amounts balance exactly.
///
/// The same seed and worker yield the same records, byte for byte; no clock is involved.
#[derive(Debug, Clone)]
pub struct Journals {
    random: Rng,
    lines: RangeInclusive<u32>,
    run_id: String,
    created: NaiveDateTime,
    /// The text that all lines of the current journal share, from `"timestamp"` to `"journal_line_number": `.
    header: Vec<u8>,
}

/// Creation time of the first journal: the start of the published run.
const BEGIN: NaiveDateTime = NaiveDate::from_ymd_opt(2024, 6, 28)
    .expect("a valid date")
    .and_hms_micro_opt(8, 28, 42, 252_957)
    .expect("a valid time");

/// Time from one journal to the next.
const STEP: TimeDelta = TimeDelta::microseconds(1_003);

/// Time from the creation of a journal until its values are composed.
const COMPOSED: TimeDelta = TimeDelta::microseconds(710);

const MIDNIGHT: &str = "%Y-%m-%dT00:00:00";
const MICROSECONDS: &str = "%Y-%m-%dT%H:%M:%S%.6f";

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const UPPER_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Currencies, repeated according to their frequency: a third of the journals each are in EUR and USD, as in the published data.
const CURRENCIES: [&str; 9] = ["EUR", "EUR", "EUR", "USD", "USD", "USD", "GBP", "CHF", "JPY"];

/// Length of a journal's reference, which is its key.
const REFERENCE: usize = 20;

/// Length of descriptions and, below, of the header's name.
const DESCRIPTION: RangeInclusive<usize> = 10..=80;
const NAME: RangeInclusive<usize> = 10..=40;

/// Number of decimals of an amount. Amounts are integers in units of 10^-12, because the published ones have 12 decimals and the sums
/// must be exact.
const DECIMALS: u32 = 12;
const UNIT: u64 = 10_u64.pow(DECIMALS);
const AMOUNT: Range<u64> = UNIT..10_000 * UNIT;

impl Journals {
    /// Creates the journals of one worker. Each has `minrec` to `maxrec` lines, in whichever order the two are given, and at least one.
    pub fn new(seed: u64, worker: u32, minrec: u32, maxrec: u32) -> Self {
        // Similar seeds and workers must not yield similar records.
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
        // The last line balances the others. The balance fits into an `i64`: a hundred amounts below 10,000 add up to about a tenth of
        // its maximum.
        self.line(batch, &key, count, balance <= 0, balance.unsigned_abs());
        self.created = self.created.checked_add_signed(STEP).unwrap_or(BEGIN);
    }

    /// Generates the journal's header and appends its key to the batch.
    fn begin(&mut self, batch: &mut Batch) -> Range<usize> {
        let Journals { random, created, header, .. } = self;
        let posted = created.date();
        let day = posted.format(MIDNIGHT);
        let composed = *created + COMPOSED;
        header.clear();
        let mut put =
            |text: std::fmt::Arguments<'_>| header.write_fmt(text).expect("a Vec accepts every write");
        put(format_args!("\"timestamp\": \"{}\", \"data\": {{", composed.format(MICROSECONDS)));
        header.extend_from_slice(b"\"journal_header_source_code\": \"");
        letters(random, UPPER, 3, header);
        header.extend_from_slice(b"\", \"journal_external_reference\": \"");
        let reference = header.len();
        letters(random, UPPER_AND_DIGITS, REFERENCE, header);
        let key = batch.append(&header[reference..]);
        header.extend_from_slice(b"\", \"journal_header_description\": \"");
        small_letters(random, DESCRIPTION, header);
        let currency = CURRENCIES[random.usize(..CURRENCIES.len())];
        let mut put =
            |text: std::fmt::Arguments<'_>| header.write_fmt(text).expect("a Vec accepts every write");
        put(format_args!(
            "\", \"period_code\": \"{}\", \"period_date\": \"{}\", \"currency_code\": \"{currency}\", \"journal_category_code\": \"",
            posted.format("%Y%m"),
            last_of_month(posted).format(MIDNIGHT),
        ));
        letters(random, UPPER, 3, header);
        let mut put =
            |text: std::fmt::Arguments<'_>| header.write_fmt(text).expect("a Vec accepts every write");
        put(format_args!(
            "\", \"journal_posted_date\": \"{day}\", \"journal_created_date\": \"{day}\", \"journal_created_timestamp\": \"{}\", \
             \"journal_actual_flag\": \"Y\", \"journal_status\": \"",
            created.format(MICROSECONDS),
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
        write!(out, "{number}").expect("a Vec accepts every write");
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

/// Returns the run ID of a worker: `YYYYMMDD_HHMMSS_NUMBER`. The published generator uses a process ID in place of the number.
pub fn run_id(worker: u32) -> String {
    format!("{}_{worker}", BEGIN.format("%Y%m%d_%H%M%S"))
}

fn last_of_month(date: NaiveDate) -> NaiveDate {
    let first = date.with_day(1).expect("every month has a first day");
    (first + Months::new(1)).pred_opt().expect("there is a day before the first of a month")
}

fn letters(random: &mut Rng, alphabet: &[u8], count: usize, out: &mut Vec<u8>) {
    out.extend((0..count).map(|_| alphabet[random.usize(..alphabet.len())]));
}

/// Appends lowercase letters. One random number yields ten of them, which takes 47 of its 64 bits.
fn small_letters(random: &mut Rng, lengths: RangeInclusive<usize>, out: &mut Vec<u8>) {
    const A_DRAW: usize = 10;
    let end = out.len() + random.usize(lengths);
    while out.len() < end {
        let mut draw = random.u64(..);
        for _ in 0..A_DRAW.min(end - out.len()) {
            // The upper half of a product with 26 is a letter; the distribution is uniform enough for text.
            let product = u128::from(draw) * 26;
            out.push(b'a' + (product >> 64) as u8);
            draw = product as u64;
        }
    }
}

/// Appends three random digits.
fn digits(random: &mut Rng, out: &mut Vec<u8>) {
    let number = random.u32(..1000);
    out.extend([100, 10, 1].map(|unit| b'0' + (number / unit % 10) as u8));
}

/// Appends a random UUID (version 4).
pub(crate) fn uuid(random: &mut Rng, out: &mut Vec<u8>) {
    let bits = random.u128(..) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    for nibble in (0..32).rev() {
        out.push(HEX[(bits >> (4 * nibble)) as usize & 0xf]);
        if matches!(nibble, 24 | 20 | 16 | 12) {
            out.push(b'-');
        }
    }
}

/// Appends a number of units as a decimal without trailing zeros.
fn decimal(units: u64, out: &mut Vec<u8>) {
    write!(out, "{}", units / UNIT).expect("a Vec accepts every write");
    let (mut rest, mut decimals) = (units % UNIT, DECIMALS as usize);
    if rest > 0 {
        while rest.is_multiple_of(10) {
            rest /= 10;
            decimals -= 1;
        }
        write!(out, ".{rest:0decimals$}").expect("a Vec accepts every write");
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
