use std::fmt;

/// A decimal as text in the form of Java's `BigDecimal.toString` and Python's `Decimal`, which Iceberg uses: with all digits of its scale,
/// and with an exponent if the value is below 10^-6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecimalText {
    pub(crate) unscaled: i128,
    pub(crate) scale: u8,
}

/// The smallest exponent of the first digit that is written without an exponent.
const MIN_PLAIN_EXPONENT: i32 = -6;

impl fmt::Display for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let (digits, scale) = (self.unscaled.unsigned_abs().to_string(), usize::from(self.scale));
        let exponent = digits.len() as i32 - 1 - i32::from(self.scale);
        if scale == 0 {
            write!(f, "{sign}{digits}")
        } else if exponent >= MIN_PLAIN_EXPONENT {
            let padded = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            write!(f, "{sign}{whole}.{fraction}")
        } else {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            write!(f, "{sign}{first}{point}{rest}E{exponent}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_java_and_python() {
        for (unscaled, scale, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (1420, 2, "14.20"),
            (-5, 2, "-0.05"),
            (-1060, 2, "-10.60"),
            (1, 6, "0.000001"),
            (1, 7, "1E-7"),
            (12, 8, "1.2E-7"),
            (0, 18, "0E-18"),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
        ] {
            assert_eq!(DecimalText { unscaled, scale }.to_string(), text);
        }
    }
}
