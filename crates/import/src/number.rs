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
        assert!(finite("nan").unwrap_err().contains("NaN") && finite("x").unwrap_err().contains("`x`"));
    }
}
