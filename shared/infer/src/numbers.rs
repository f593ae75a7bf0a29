/// What was seen of the numbers at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) count: u64,
    /// Numbers with a point or an exponent.
    pub(crate) fractions: u64,
    /// Numbers with an exponent.
    pub(crate) exponents: u64,
    /// Whether each is a whole number of 64 bits.
    pub(crate) fit_int64: bool,
    /// Whether each is the shortest text of a 64-bit float, so that none of its digits is lost in one.
    pub(crate) fit_float64: bool,
    /// The most digits before the point.
    pub(crate) whole: u32,
    /// The most digits after the point.
    pub(crate) scale: u32,
    /// The most digits without leading and trailing zeros.
    pub(crate) significant: u32,
    /// Whether one is not a multiple of 1000, unless its text has a point and no exponent. As nanoseconds, it is finer than microseconds.
    pub(crate) odd_thousandths: bool,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// A number's digits without leading and trailing zeros, and the power of ten of the last one.
#[derive(Debug, PartialEq, Eq)]
struct Digits {
    digits: Vec<u8>,
    exponent: i64,
}

/// Any number with so many digits, and an exponent that is not extreme, survives in a 64-bit float.
const EXACT_IN_FLOAT: u32 = 15;

/// Any whole number with so many digits has 64 bits.
const EXACT_IN_INT: usize = 18;

impl Default for Numbers {
    fn default() -> Self {
        Numbers {
            count: 0,
            fractions: 0,
            exponents: 0,
            fit_int64: true,
            fit_float64: true,
            whole: 0,
            scale: 0,
            significant: 0,
            odd_thousandths: false,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
        }
    }
}

impl Numbers {
    /// Adds a valid JSON number.
    #[inline]
    pub(crate) fn add(&mut self, text: &str) {
        self.count += 1;
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        if digits.len() <= EXACT_IN_INT && digits.iter().all(u8::is_ascii_digit) {
            let size = digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
            self.add_range((if digits.len() < text.len() { -size } else { size }) as f64);
            self.whole = self.whole.max(digits.len() as u32);
            self.odd_thousandths |= size % 1000 != 0;
            if digits.len() as u32 > EXACT_IN_FLOAT {
                self.add_digits(text);
            }
            return;
        }
        self.add_other(text, digits);
    }

    fn add_other(&mut self, text: &str, unsigned: &[u8]) {
        self.add_range(text.parse().unwrap_or(f64::NAN));
        let point = memchr::memchr(b'.', unsigned);
        let exponent = memchr::memchr2(b'e', b'E', unsigned);
        self.exponents += u64::from(exponent.is_some());
        self.fractions += u64::from(point.is_some() || exponent.is_some());
        match exponent {
            None => {
                let whole = point.unwrap_or(unsigned.len());
                self.whole = self.whole.max(capped(whole as i64));
                self.scale = self.scale.max(capped((unsigned.len() - whole) as i64 - 1));
                let all = unsigned.len() - usize::from(point.is_some());
                let zeros = || unsigned[whole..].iter().skip(1).all(|digit| *digit == b'0');
                self.fit_int64 &= whole <= EXACT_IN_INT && zeros() || self.fits_int64(text);
                if all as u32 > EXACT_IN_FLOAT {
                    self.add_digits(text);
                } else {
                    self.significant = self.significant.max(all as u32);
                }
                self.odd_thousandths |= point.is_none() && !unsigned.ends_with(b"000");
            }
            Some(_) => {
                let Digits { digits, exponent } = Digits::of(text);
                let count = digits.len() as i64;
                self.whole = self.whole.max(capped(count.saturating_add(exponent)));
                self.scale = self.scale.max(capped(exponent.saturating_neg()));
                self.fit_int64 &= self.fits_int64(text);
                self.odd_thousandths |= !digits.is_empty() && exponent < 3;
                self.add_digits(text);
            }
        }
    }

    fn add_range(&mut self, value: f64) {
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    fn fits_int64(&self, text: &str) -> bool {
        self.fit_int64 && table::parse_int64(text).is_some()
    }

    fn add_digits(&mut self, text: &str) {
        let sent = Digits::of(text);
        self.significant = self.significant.max(capped(sent.digits.len() as i64));
        self.fit_float64 = self.fit_float64 && sent.survive_in_float(text);
    }

    pub(crate) fn merge(&mut self, other: &Numbers) {
        self.count += other.count;
        self.fractions += other.fractions;
        self.exponents += other.exponents;
        self.fit_int64 &= other.fit_int64;
        self.fit_float64 &= other.fit_float64;
        self.whole = self.whole.max(other.whole);
        self.scale = self.scale.max(other.scale);
        self.significant = self.significant.max(other.significant);
        self.odd_thousandths |= other.odd_thousandths;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }
}

/// Returns a number of digits, of which more than a million are as good as infinitely many.
fn capped(count: i64) -> u32 {
    count.clamp(0, 1_000_000) as u32
}

impl Digits {
    fn of(text: &str) -> Self {
        let text = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let trailing = all[leading..].iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = all[leading..all.len() - trailing].to_vec();
        let negative = exponent.starts_with('-');
        // What does not fit is far beyond any type.
        let size = exponent.trim_start_matches(['+', '-']).parse::<i32>().unwrap_or(i32::MAX);
        let exponent = if negative { -i64::from(size) } else { i64::from(size) };
        Digits { digits, exponent: exponent - fraction.len() as i64 + trailing as i64 }
    }

    /// Returns whether the nearest float has the same digits in its shortest form.
    fn survive_in_float(&self, text: &str) -> bool {
        let Ok(float) = text.parse::<f64>() else { return false };
        match self.digits.is_empty() {
            true => true,
            false => float.is_finite() && Digits::of(&format!("{float:e}")) == *self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(texts: &[&str]) -> Numbers {
        let mut numbers = Numbers::default();
        texts.iter().for_each(|text| numbers.add(text));
        numbers
    }

    #[test]
    fn digits_are_counted_on_both_sides_of_the_point() {
        for (text, whole, scale) in [
            ("0", 1, 0),
            ("-120", 3, 0),
            ("21.50", 2, 2),
            ("1e3", 4, 0),
            ("1.25e1", 2, 1),
            ("5e-3", 0, 3),
            ("12345678901234567890123456789012345678901", 41, 0),
        ] {
            let numbers = numbers(&[text]);
            assert_eq!((numbers.whole, numbers.scale), (whole, scale), "{text}");
        }
        assert_eq!(numbers(&["1e999999999999999999"]).whole, 1_000_000);
    }

    #[test]
    fn a_float_that_would_lose_digits_is_noticed() {
        for (text, fits) in [
            ("0.1", true),
            ("0.30000000000000004", true),
            ("0.30000000000000001", false),
            ("1.5e300", true),
            ("1e400", false),
            ("1e-400", false),
            ("0e999", true),
            ("9007199254740993", false),
            ("9007199254740992", true),
            ("5e-324", true),
            ("4.9e-324", false),
        ] {
            assert_eq!(numbers(&[text]).fit_float64, fits, "{text}");
        }
    }

    #[test]
    fn whole_numbers_of_64_bits_are_recognized_in_every_spelling() {
        for (text, fits) in [
            ("5", true),
            ("5.0", true),
            ("5e0", true),
            ("5.5", false),
            ("9223372036854775807", true),
            ("9223372036854775808", false),
            ("-9223372036854775808", true),
            ("1e30", false),
        ] {
            assert_eq!(numbers(&[text]).fit_int64, fits, "{text}");
        }
    }
}
