//! Numbers and truth values in text.

use semola_document::shortened;

/// A float in any of the spellings of the formats: `1.5`, `1.5e-3`, Fortran's `1.5D-3` and the `1.5*^-3` of QM9's
/// authors. It may be infinite or NaN.
pub fn float(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if text.contains("*^") {
        return text.replace("*^", "e").parse().ok();
    }
    // Only digits before the exponent, so that words do not become numbers.
    let (mantissa, _) = text.split_once(['d', 'D'])?;
    let digits = !mantissa.is_empty() && mantissa.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    if digits { text.replace(['d', 'D'], "e").parse().ok() } else { None }
}

/// A float that is a number.
///
/// # Errors
/// A phrase that names the text, where it is none, or NaN or infinite.
pub fn finite(text: &str) -> Result<f64, String> {
    match float(text) {
        Some(number) if number.is_finite() => Ok(number),
        Some(number) => Err(format!("the value is {number}")),
        None => Err(format!("`{}` is not a number", shortened(text))),
    }
}

/// Words that stand for no value, in columns that are otherwise not text.
pub fn is_nothing(text: &str) -> bool {
    const WORDS: [&str; 12] = ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "Null", "NULL", "None", "none", "?"];
    WORDS.contains(&text)
}

/// Is this an integer whose leading zeros a number would lose, such as `007`?
pub fn has_leading_zeros(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Is this an integer, of any size?
pub fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Would this be a number if its comma were a point?
pub fn has_decimal_comma(text: &str) -> bool {
    let Some((whole, rest)) = text.split_once(',') else { return false };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (fraction, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let whole = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    digits(whole) && !fraction.is_empty() && digits(fraction) && is_integer(exponent)
}

/// A truth value as extended XYZ and CSV files write it; `short` allows `T` and `F`.
pub fn truth(text: &str, short: bool) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        "T" if short => Some(true),
        "F" if short => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_float() {
        for (text, number) in
            [("1.5", 1.5), ("-2e3", -2000.0), ("1.0D-2", 0.01), ("2.5d+1", 25.0), ("-3.9*^-6", -3.9e-6)]
        {
            assert_eq!(float(text), Some(number), "{text}");
        }
        for text in ["", "abc", "d", "D5", "T", "1,5", "0x10", "add1"] {
            assert_eq!(float(text), None, "{text}");
        }
        for text in ["007", "-01", "00"] {
            assert!(has_leading_zeros(text), "{text}");
        }
        for text in ["0", "-0", "10", "0.5", "0a", ""] {
            assert!(!has_leading_zeros(text), "{text}");
        }
        assert!(["1,5", "-1234,5", ",5", "1,5e-3"].iter().all(|text| has_decimal_comma(text)));
        assert!(["1.5", "1,", "a,5", "1,2,3", "1,5e"].iter().all(|text| !has_decimal_comma(text)));
        assert!(finite("nan").unwrap_err().contains("NaN") && finite("x").unwrap_err().contains("`x`"));
    }
}
