//! The end of a message about a name that does not exist.

use semola_document::did_you_mean;

/// A suggestion, if one is near, and the names that exist.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = candidates.into_iter().collect();
    let guess = did_you_mean(name, known.iter().copied());
    let guess = guess.map(|c| format!("; did you mean `{c}`?")).unwrap_or_default();
    if known.is_empty() { guess } else { format!("{guess} (there are: {})", known.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_and_lists() {
        assert_eq!(hint("enrgy", ["energy", "x"]), "; did you mean `energy`? (there are: energy, x)");
        assert_eq!(hint("zzzzz", ["energy", "x"]), " (there are: energy, x)");
        assert_eq!(hint("enrgy", []), "");
    }
}
