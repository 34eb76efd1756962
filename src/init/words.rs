//! Names of columns, taken apart.

/// Lower-case parts of a name: `nextState_x2` → `next`, `state`, `x2`.
pub fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if starts && parts.last().is_some_and(|p| !p.is_empty()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| c.is_alphanumeric()) {
            part.extend(c.to_lowercase());
        }
        before = c;
    }
    parts.retain(|p| !p.is_empty());
    parts
}

/// Whether the name, or one of its parts, is one of the words. Words of one letter count as whole names only.
pub fn is_one_of(name: &str, words: &[&str]) -> bool {
    let parts = parts(name);
    let whole = parts.join("_");
    words.iter().any(|word| whole == *word || (word.len() > 1 && parts.iter().any(|p| p == word)))
}

/// A name for a field or pipeline: letters, digits and `_`.
pub fn slug(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let kept = kept.trim_matches('_');
    let number = kept.starts_with(|c: char| c.is_numeric());
    if kept.is_empty() || number || is_meant(kept) { format!("f_{kept}") } else { kept.to_owned() }
}

/// Whether some YAML parser reads the word as something other than text.
fn is_meant(word: &str) -> bool {
    ["true", "false", "null", "yes", "no", "on", "off"].contains(&word.to_lowercase().as_str())
}

/// A text as a YAML value, in quotes where it needs them.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        || text.starts_with('/')
        || text.starts_with("../");
    if word && !is_meant(text) && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// `[a, b]`, or `a` alone.
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [one] => quoted(one.as_ref()),
        all => format!("[{}]", all.iter().map(|n| quoted(n.as_ref())).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(parts("nextState_x2"), ["next", "state", "x2"]);
        assert_eq!(parts("E"), ["e"]);
        assert!(is_one_of("atomic_numbers", &["atomic_numbers"]) && is_one_of("Z", &["z"]));
        assert!(is_one_of("total_energy", &["energy"]) && !is_one_of("z_score", &["z"]));
        assert_eq!((slug("2theta"), slug("no"), slug("?")), ("f_2theta".into(), "f_no".into(), "f_".into()));
        assert_eq!(slug("jet pT [GeV]"), "jet_pT__GeV");
    }

    #[test]
    fn yaml_gets_quotes_where_it_needs_them() {
        assert_eq!(quoted("data/a-1.parquet"), "data/a-1.parquet");
        assert_eq!(quoted("p*.parquet"), "\"p*.parquet\"");
        assert_eq!(quoted("no"), "\"no\"");
        assert_eq!(quoted("1a"), "\"1a\"");
        assert_eq!(quoted("a \"b\"\n"), "\"a \\\"b\\\"\\u000a\"");
        assert_eq!((listed(&["x"]), listed(&["x", "y z"])), ("x".into(), "[x, \"y z\"]".into()));
    }
}
