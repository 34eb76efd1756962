//! Human-readable numbers.

/// A number with this many significant digits: `0.3`, `-1234.57`, `1e-7`.
pub fn short(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    // The exponent after rounding: 9.9999 with two digits is 10.
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or_default();
        trimmed(&format!("{value:.decimals$}")).to_owned()
    } else {
        format!("{}e{exponent}", trimmed(mantissa))
    }
}

/// A number of things: `1 member`, `3 members`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A length of time in words: `12s`, `3m05s`, `2h10m`.
pub fn time(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3600, whole / 60 % 60),
    }
}

/// Without zeros at the end of the decimals.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_long_as_needed() {
        assert_eq!([time(12.4), time(185.0), time(7805.0)], ["12s", "3m05s", "2h10m"]);
    }

    #[test]
    fn numbers_keep_their_significant_digits() {
        let found =
            [0.0, 0.1 + 0.2, -1234.56789, 1e-7, 2.5e9, 100.0, 123_456.7, f64::INFINITY].map(|value| short(value, 6));
        assert_eq!(found, ["0", "0.3", "-1234.57", "1e-7", "2.5e9", "100", "123457", "inf"]);
        assert_eq!([9.9999, 0.00012345, -0.0].map(|value| short(value, 2)), ["10", "0.00012", "0"]);
    }
}
