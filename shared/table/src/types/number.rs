//! Computes exact values from the digits of JSON numbers.

use super::options::Rounding;

/// What to do with digits after the last place that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    Refuse,
    /// Rounds to the nearest value, and a tie to the even digit.
    HalfEven,
    /// Rounds to the next lower value.
    Floor,
}

impl From<Option<Rounding>> for Excess {
    fn from(round: Option<Rounding>) -> Self {
        match round {
            None => Excess::Refuse,
            Some(Rounding::HalfEven) => Excess::HalfEven,
        }
    }
}

/// Why a number can't be stored exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// There are more digits before the point than fit.
    OutOfRange,
    /// There are digits after the point that would be lost.
    PrecisionLost,
}

/// Returns the exact value of a JSON number times 10^`scale`, computed from its digits. It has at most `precision` digits.
///
/// `text` must be a valid JSON number. Trailing zeros beyond the scale carry no information and are dropped.
pub(crate) fn decimal(text: &str, precision: u8, scale: u8, excess: Excess) -> Result<i128, NumberError> {
    if let Some(value) = short_decimal(text, scale) {
        return if value.unsigned_abs() < POWERS[precision as usize] {
            Ok(value)
        } else {
            Err(NumberError::OutOfRange)
        };
    }
    let digits = Digits::of(text);
    let value = digits.scaled(precision, scale, excess)?;
    let value = i128::try_from(value).map_err(|_| NumberError::OutOfRange)?;
    Ok(if digits.negative { -value } else { value })
}

/// Returns the value of a JSON number that must be whole.
pub(crate) fn integer(text: &str) -> Result<i64, NumberError> {
    i64::try_from(decimal(text, 19, 0, Excess::Refuse)?).map_err(|_| NumberError::OutOfRange)
}

/// Returns the nearest float. Fails if a number would become infinite, or would become zero although it isn't.
pub(crate) fn float(text: &str) -> Result<f64, NumberError> {
    let value: f64 = text.parse().map_err(|_| NumberError::OutOfRange)?;
    if !value.is_finite() || value == 0.0 && !Digits::of(text).is_zero() {
        return Err(NumberError::OutOfRange);
    }
    Ok(value)
}

/// 10^0 to 10^38.
const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// Handles the common case: no exponent, digits that fit into 64 bits, none of them beyond the scale.
#[inline]
fn short_decimal(text: &str, scale: u8) -> Option<i128> {
    /// Any number with this many digits fits into 64 bits.
    const MOST_DIGITS: usize = 19;
    let bytes = text.as_bytes();
    let (negative, bytes) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if bytes.len() > MOST_DIGITS + 1 {
        return None;
    }
    let mut mantissa: u64 = 0;
    let mut point = None;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' => point = Some(at),
            _ => return None,
        }
    }
    if point.is_none() && bytes.len() > MOST_DIGITS {
        return None;
    }
    let after_point = point.map_or(0, |at| bytes.len() - at - 1);
    let missing = (scale as usize).checked_sub(after_point)?;
    let value = u128::from(mantissa).checked_mul(POWERS[missing])?;
    let value = i128::try_from(value).ok()?;
    Some(if negative { -value } else { value })
}

/// A number's digits without leading and trailing zeros, and the power of ten of the last digit.
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    /// The number is `digits`, read as an integer, times 10^`exponent`.
    exponent: i64,
}

impl Digits {
    fn of(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
        let trailing = digits.iter().rev().take_while(|digit| **digit == 0).count();
        digits.truncate(digits.len() - trailing);
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..leading);
        let exponent = saturating_exponent(exponent)
            .saturating_sub(fraction.len() as i64)
            .saturating_add(trailing as i64);
        Digits { negative, digits, exponent }
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Returns the magnitude of the value times 10^`scale`.
    fn scaled(&self, precision: u8, scale: u8, excess: Excess) -> Result<u128, NumberError> {
        if self.is_zero() {
            return Ok(0);
        }
        let shift = self.exponent.saturating_add(i64::from(scale));
        // Number of digits of the result before rounding. It is 0 or less if all digits are after the point.
        let size = shift.saturating_add(self.digits.len() as i64);
        if size > i64::from(precision) {
            return Err(NumberError::OutOfRange);
        }
        if shift >= 0 {
            return Ok(fold(&self.digits) * POWERS[shift as usize]);
        }
        let rounded = match excess {
            Excess::Refuse => return Err(NumberError::PrecisionLost),
            Excess::HalfEven => self.half_even(size),
            Excess::Floor => self.floor(size),
        };
        if rounded < POWERS[precision as usize] { Ok(rounded) } else { Err(NumberError::OutOfRange) }
    }

    /// Returns the first `keep` digits, given that others follow. The magnitude of a negative number becomes larger.
    fn floor(&self, keep: i64) -> u128 {
        let kept = usize::try_from(keep).map_or(0, |keep| fold(&self.digits[..keep]));
        kept + u128::from(self.negative)
    }

    /// Returns the first `keep` digits, rounded according to the others. A tie goes to the even digit.
    fn half_even(&self, keep: i64) -> u128 {
        let Ok(keep) = usize::try_from(keep) else { return 0 }; // below a tenth of the last place
        let (kept, dropped) = self.digits.split_at(keep);
        let kept = fold(kept);
        // There are no trailing zeros, so two or more dropped digits are worth more than the first of them alone.
        let up = match dropped[0] {
            5 if dropped.len() == 1 => kept % 2 == 1,
            digit => digit >= 5,
        };
        kept + u128::from(up)
    }
}

fn fold(digits: &[u8]) -> u128 {
    digits.iter().fold(0, |value, digit| value * 10 + u128::from(*digit))
}

/// Parses an exponent. The value is capped far beyond the range of any column.
fn saturating_exponent(text: &str) -> i64 {
    const FAR: i64 = 1 << 40;
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let size = digits.iter().fold(0i64, |value, digit| (value * 10 + i64::from(digit - b'0')).min(FAR));
    if negative { -size } else { size }
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
