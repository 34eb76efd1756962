//! What a piece of work does, in words: `learned/audit1`, the name of its checkpoint, is `audit, network 2 of 3`.

/// The words on a piece of work; `networks` is how many the audit has.
pub(super) fn activity(label: &str, networks: Option<u64>) -> String {
    let Some((_, part)) = label.split_once('/') else { return label.to_owned() };
    let (name, number) = numbered(part);
    let network = |number: Option<u64>, of: Option<u64>| match (number, of) {
        (Some(number), Some(of)) if number < of => format!(", network {} of {of}", number + 1),
        (Some(number), _) => format!(", network {}", number + 1),
        (None, _) => String::new(),
    };
    if name == "audit" {
        return match number {
            Some(number) => format!("audit{}", network(Some(number), networks)),
            None => "audit, judging directions".to_owned(),
        };
    }
    if let Some(claim) = name.strip_prefix("claim") {
        return match claim.rsplit('-').next() {
            Some("test") => "test of the claim, moving rows".to_owned(),
            Some("along") => format!("test of the claim, along it{}", network(number, networks)),
            Some("left") => format!("test of the claim, what is left{}", network(number, networks)),
            _ => "test of the claim, with a known breaking".to_owned(),
        };
    }
    if let Some(look) = name.strip_prefix("second") {
        let along = if look.starts_with("-plain") { "without it" } else { "along a group" };
        return format!("second look, {along}{}", network(number, networks));
    }
    match part {
        "discover" => "joint search".to_owned(),
        "train" => "training".to_owned(),
        "screen" => "screening directions".to_owned(),
        "candidates" => "candidates for a claim".to_owned(),
        "finite" => "mirrors, turns and exchanges".to_owned(),
        "finish" => "final training".to_owned(),
        "finish-finite" => "final training, with mirrors, turns and exchanges".to_owned(),
        "finish-within" => "final training, within the extent".to_owned(),
        other => other.to_owned(),
    }
}

/// A name without the number at its end.
fn numbered(part: &str) -> (&str, Option<u64>) {
    let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
    (name, part[name.len()..].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_discovery_have_words() {
        for (label, words) in [
            ("prepare", "prepare"),
            ("learned/discover", "joint search"),
            ("learned/audit", "audit, judging directions"),
            ("learned/audit1", "audit, network 2 of 3"),
            ("learned/second-plain-1-2", "second look, without it, network 3 of 3"),
            ("learned/second0-3-0", "second look, along a group, network 1 of 3"),
            ("learned/claimclaim0-0-along1", "test of the claim, along it, network 2 of 3"),
            ("learned/claim0-left0", "test of the claim, what is left, network 1 of 3"),
            ("learned/claim0-leftlarge0", "test of the claim, with a known breaking"),
            ("learned/claim0-test", "test of the claim, moving rows"),
            ("learned/screen", "screening directions"),
            ("learned/candidates", "candidates for a claim"),
            ("learned/finite", "mirrors, turns and exchanges"),
            ("learned/finish-finite", "final training, with mirrors, turns and exchanges"),
            ("learned/finish-within", "final training, within the extent"),
            ("a/b", "b"),
        ] {
            assert_eq!(activity(label, Some(3)), words);
        }
        assert_eq!(activity("learned/audit7", Some(3)), "audit, network 8");
    }
}
