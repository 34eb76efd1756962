//! Pieces of messages: names that were meant, lists of names, texts that are too long.

/// The candidate that the word is most likely a misspelling of.
///
/// A candidate counts if it differs only in case or separators, or by at most a third of its letters
/// (Damerau-Levenshtein), or if the word is the beginning of exactly this one.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace(['-', '_', ' '], "");
    let target = plain(word);
    if target.is_empty() || word.len() > 200 {
        return None;
    }
    let candidates: Vec<&str> = candidates.into_iter().filter(|c| *c != word).collect();
    let near = candidates
        .iter()
        .map(|c| (strsim::damerau_levenshtein(&target, &plain(c)), *c))
        .filter(|(distance, c)| *distance <= ((c.chars().count().max(target.chars().count()) + 1) / 3).max(1))
        .filter(|(distance, c)| *distance < plain(c).chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c);
    near.or_else(|| {
        let mut longer = candidates.iter().filter(|c| target.len() >= 2 && plain(c).starts_with(&target));
        longer.next().filter(|_| longer.next().is_none()).copied()
    })
}

/// `'a', 'b', 'c'`.
pub fn quoted_list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    items.into_iter().map(|s| format!("'{}'", s.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The tail of a message about a word of a document: `; did you mean 'epochs'?`, or nothing.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(word, candidates).map(|c| format!("; did you mean '{c}'?")).unwrap_or_default()
}

/// The tail of a message about a name in the data: a suggestion, if one is near, and the names that exist.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = candidates.into_iter().collect();
    let guess = did_you_mean(name, known.iter().copied()).map(|c| format!("; did you mean `{c}`?")).unwrap_or_default();
    if known.is_empty() { guess } else { format!("{guess} (there are: {})", known.join(", ")) }
}

/// What a user wrote, after 40 characters an ellipsis.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A label of at most this many characters, the ellipsis among them.
pub fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_leaves_other_words_alone() {
        let keys = ["epochs", "batch", "basis_lr", "x", "standardise"];
        assert_eq!(did_you_mean("epoch", keys), Some("epochs"));
        assert_eq!(did_you_mean("basis-LR", keys), Some("basis_lr"));
        assert_eq!(did_you_mean("standardize", keys), Some("standardise"));
        assert_eq!(did_you_mean("stand", keys), Some("standardise"));
        assert_eq!(did_you_mean("colour", keys), None);
        assert_eq!(did_you_mean("q", keys), None);
        assert_eq!(did_you_mean("", keys), None);
    }

    #[test]
    fn suggests_and_lists() {
        assert_eq!(hint("enrgy", ["energy", "x"]), "; did you mean `energy`? (there are: energy, x)");
        assert_eq!(hint("zzzzz", ["energy", "x"]), " (there are: energy, x)");
        assert_eq!(hint("enrgy", []), "");
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!([cut("äöü", 3), cut("äöüx", 3)], ["äöü", "äö…"]);
        assert_eq!(shortened(&"ä".repeat(40)), "ä".repeat(40));
        assert_eq!(shortened(&"ä".repeat(41)), "ä".repeat(40) + "…");
    }
}
