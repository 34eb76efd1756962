//! The grammar of group names: `family(n)`, `family(p,q)`, with coordinates `[i,j]`, joined by `+`.

use thiserror::Error;

use super::finite::GeneratorError;

/// Why a name does not give an algebra.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("there is no group `{given}`{hint}; the families are {families}")]
    Unknown { given: String, hint: String, families: String },
    #[error("`{given}` is not a group name; write it as in so(2), so(1,3), so(2)[0,2] or so(2)+scale")]
    Syntax { given: String },
    #[error("`{given}` has the wrong arguments; {expected}")]
    Arguments { given: String, expected: &'static str },
    #[error(
        "`{given}` holds translations, which need an affine search space; write `affine: {k}` instead of `gl: {k}`"
    )]
    NeedsAffine { given: String, k: usize },
    #[error(
        "`{given}` acts on {needed} coordinates, but the vectors have {k}; choose a smaller group or another `dim`"
    )]
    TooLarge { given: String, needed: usize, k: usize },
    #[error("the coordinates in `{given}` must be {needed} different numbers from 0 to {}", k.saturating_sub(1))]
    Coordinates { given: String, needed: usize, k: usize },
    #[error("the parts of `{given}` overlap; leave one of them out")]
    Dependent { given: String },
    #[error(
        "the parts of `{given}` do not form a Lie algebra together: brackets leave their span; add what is missing"
    )]
    NotClosed { given: String },
    /// Of a group that is given by matrices.
    #[error(transparent)]
    Generators(#[from] GeneratorError),
}

/// One summand of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As the user wrote it.
    pub given: String,
    /// In lower case.
    pub family: String,
    /// The numbers in parentheses.
    pub args: Vec<usize>,
    /// The numbers in brackets.
    pub coordinates: Option<Vec<usize>>,
}

/// Reads the summands of a name; case and spaces do not matter.
///
/// # Errors
/// If it is not written as a name.
pub fn parse(name: &str) -> Result<Vec<Term>, NameError> {
    name.split('+').map(term).collect()
}

fn term(given: &str) -> Result<Term, NameError> {
    let error = || NameError::Syntax { given: given.trim().to_string() };
    let text: String = given.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let end = text.find(['(', '[']).unwrap_or(text.len());
    let (family, mut rest) = text.split_at(end);
    // `c4` is short for `c(4)`, as finite groups are written.
    let letters = family.trim_end_matches(|c: char| c.is_ascii_digit());
    let short = family.strip_prefix(letters).filter(|n| !n.is_empty() && matches!(letters, "c" | "d" | "s"));
    let family = if short.is_some() { letters } else { family };
    if family.is_empty() || !family.chars().all(|c| c.is_ascii_alphabetic()) {
        return Err(error());
    }
    let mut args: Vec<usize> = short.and_then(numbers).unwrap_or_default();
    if let Some(inner) = rest.strip_prefix('(') {
        let (list, after) = inner.split_once(')').ok_or_else(error)?;
        args = numbers(list).ok_or_else(error)?;
        rest = after;
    }
    let mut coordinates = None;
    if let Some(inner) = rest.strip_prefix('[') {
        let (list, after) = inner.split_once(']').ok_or_else(error)?;
        coordinates = Some(numbers(list).ok_or_else(error)?);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(error());
    }
    Ok(Term { given: given.trim().to_string(), family: family.to_string(), args, coordinates })
}

fn numbers(list: &str) -> Option<Vec<usize>> {
    list.split(',').map(|n| n.parse().ok()).collect()
}

/// The message for an unknown family, with a suggestion where one is near.
pub(crate) fn unknown(given: &str, family: &str, families: &[&str]) -> NameError {
    // Families are two or three letters long: one wrong letter is near, in longer names one in three.
    let allowed = (family.chars().count() / 3).max(1);
    let near = families
        .iter()
        .map(|f| (strsim::osa_distance(family, f), *f))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance);
    let hint = near.map(|(_, f)| format!(" (did you mean `{}`?)", given.to_lowercase().replacen(family, f, 1)));
    NameError::Unknown { given: given.to_string(), hint: hint.unwrap_or_default(), families: families.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names() {
        let terms = parse(" SO(1, 3) + t(4)[0,1,2,3] ").unwrap();
        assert_eq!((terms[0].family.as_str(), terms[0].args.as_slice()), ("so", [1, 3].as_slice()));
        assert_eq!(terms[1].coordinates, Some(vec![0, 1, 2, 3]));
        assert!(parse("scale").unwrap()[0].args.is_empty());
    }

    #[test]
    fn refuses_what_is_no_name() {
        for bad in ["", "so(", "so(2", "so(a)", "so()", "so(2)x", "so(2)[", "so(2)[1", "(2)", "so(-2)", "+", "so(2)+"] {
            assert!(matches!(parse(bad), Err(NameError::Syntax { .. })), "{bad}");
        }
        let message = unknown("sol(2)", "sol", &["so", "sl", "gl"]).to_string();
        assert!(message.contains("did you mean `so(2)`?") && message.contains("so, sl, gl"), "{message}");
    }
}
