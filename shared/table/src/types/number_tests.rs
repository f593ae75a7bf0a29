use super::*;

fn exact(text: &str) -> Result<i128, NumberError> {
    decimal(text, 38, 18, Excess::Refuse)
}

const ONE: i128 = 1_000_000_000_000_000_000;

#[test]
fn digits_become_the_scaled_value() {
    assert_eq!(exact("8043.517930780035"), Ok(8_043_517_930_780_035_000_000));
    assert_eq!(exact("0"), Ok(0));
    assert_eq!(exact("-0"), Ok(0));
    assert_eq!(exact("-0.000000000000000001"), Ok(-1));
    assert_eq!(exact("99999999999999999999.999999999999999999"), Ok(10_i128.pow(38) - 1));
}

#[test]
fn exponents_move_the_point() {
    assert_eq!(exact("1e3"), Ok(1000 * ONE));
    assert_eq!(exact("1.5E+2"), Ok(150 * ONE));
    assert_eq!(exact("12300e-2"), Ok(123 * ONE));
    assert_eq!(exact("1e-18"), Ok(1));
    assert_eq!(exact("0e99999999999999999999"), Ok(0));
}

#[test]
fn a_digit_that_would_be_lost_is_refused_but_a_zero_is_dropped() {
    assert_eq!(exact("1e-19"), Err(NumberError::PrecisionLost));
    assert_eq!(exact("0.1234567890123456789"), Err(NumberError::PrecisionLost));
    assert_eq!(exact("0.1234567890123456780"), Ok(123_456_789_012_345_678));
    assert_eq!(exact("1e-99999999999999999999"), Err(NumberError::PrecisionLost));
}

#[test]
fn a_number_beyond_the_precision_is_out_of_range() {
    assert_eq!(exact("100000000000000000000"), Err(NumberError::OutOfRange));
    assert_eq!(exact("1e20"), Err(NumberError::OutOfRange));
    assert_eq!(exact("1e99999999999999999999"), Err(NumberError::OutOfRange));
    assert_eq!(decimal("1000", 3, 0, Excess::Refuse), Err(NumberError::OutOfRange));
    assert_eq!(decimal("999", 3, 0, Excess::Refuse), Ok(999));
    assert_eq!(
        decimal("100000000000000000000000000000000000000", 38, 0, Excess::Refuse),
        Err(NumberError::OutOfRange)
    );
}

#[test]
fn half_even_rounds_ties_to_the_even_digit() {
    let rounded = |text| decimal(text, 5, 2, Excess::HalfEven);
    assert_eq!(rounded("1.005"), Ok(100));
    assert_eq!(rounded("1.015"), Ok(102));
    assert_eq!(rounded("1.0150000000000000000000001"), Ok(102));
    assert_eq!(rounded("1.00500000000000000000000001"), Ok(101));
    assert_eq!(rounded("-1.015"), Ok(-102));
    assert_eq!(rounded("0.005"), Ok(0));
    assert_eq!(rounded("0.0051"), Ok(1));
    assert_eq!(rounded("0.0005"), Ok(0));
    assert_eq!(rounded("999.995"), Err(NumberError::OutOfRange));
    assert_eq!(rounded("999.985"), Ok(99998));
}

#[test]
fn any_whole_number_is_an_integer() {
    assert_eq!(integer("5.0"), Ok(5));
    assert_eq!(integer("50e-1"), Ok(5));
    assert_eq!(integer("9223372036854775807"), Ok(i64::MAX));
    assert_eq!(integer("-9223372036854775808"), Ok(i64::MIN));
    assert_eq!(integer("9223372036854775808"), Err(NumberError::OutOfRange));
    assert_eq!(integer("5.7"), Err(NumberError::PrecisionLost));
}

#[test]
fn floats_are_finite_and_zero_only_for_zero() {
    assert_eq!(float("0.1"), Ok(0.1));
    assert_eq!(float("0e400"), Ok(0.0));
    assert_eq!(float("1e999"), Err(NumberError::OutOfRange));
    assert_eq!(float("1e-999"), Err(NumberError::OutOfRange));
}

#[test]
fn the_floor_is_the_next_lower_value() {
    let floor = |text| decimal(text, 5, 2, Excess::Floor);
    assert_eq!(floor("1.009"), Ok(100));
    assert_eq!(floor("-1.001"), Ok(-101));
    assert_eq!(floor("-1.00"), Ok(-100));
    assert_eq!(floor("0.0001"), Ok(0));
    assert_eq!(floor("-1e-99999999999999999999"), Ok(-1));
    assert_eq!(floor("999.999"), Ok(99999));
    assert_eq!(floor("-999.999"), Err(NumberError::OutOfRange));
}
