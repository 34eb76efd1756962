//! Names as file names: two names never share a file, also where the file system takes `A` for `a`.

/// Longest part of a name that is kept in its file name, in bytes.
const LONGEST: usize = 80;

/// Hexadecimal digits of the hash that stands for what a file name cannot say.
const DIGITS: usize = 16;

/// The stem of a checkpoint's file, of a name such as `learned/discover`: `learned-discover`.
pub(super) fn checkpoint_stem(name: &str) -> String {
    let (head, tail) = name.split_once('/').unwrap_or((name, ""));
    // The first dash then stands for the slash.
    stem(name, name.replacen('/', "-", 1), is_plain(head) && !head.contains('-') && is_plain(tail))
}

/// The stem of a model's file: its name, if it holds nothing that file names cannot.
pub(super) fn model_stem(name: &str) -> String {
    stem(name, name.to_owned(), is_plain(name))
}

/// The name itself if it is short and plain, else its beginning with a hash of all of it behind `~`, which no plain name has.
fn stem(name: &str, shown: String, plain: bool) -> String {
    // `.prev` at the end is that of the checkpoint before.
    if plain && !name.is_empty() && shown.len() <= LONGEST && !name.starts_with('.') && !name.ends_with(".prev") {
        return shown;
    }
    let safe = |c: char| if c.is_ascii_alphanumeric() || "_.-(),".contains(c) { c } else { '-' };
    let shown: String = shown.chars().map(safe).take(LONGEST).collect();
    let hash = blake3::hash(name.as_bytes()).to_hex();
    format!("{}~{}", shown.trim_start_matches('.'), hash.get(..DIGITS).unwrap_or_default())
}

/// Whether every file system holds the text as it is, and apart from others.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-(),".contains(c))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn plain_names_are_their_files_names() {
        assert_eq!(checkpoint_stem("learned/discover"), "learned-discover");
        assert_eq!(checkpoint_stem("m/second-so(1,3)-0"), "m-second-so(1,3)-0");
        assert_eq!([model_stem("plain-2"), model_stem("so(2)")], ["plain-2", "so(2)"]);
    }

    #[test]
    fn no_two_names_share_a_file_and_none_is_too_long_for_one() {
        let long = "m".repeat(240);
        let names = [
            "a b",
            "a:b",
            "a-b",
            "a/b",
            "a\\b",
            "A-b",
            "a-B",
            "a b/train",
            "a:b/train",
            "a-b/train",
            "a/b-train",
            "a/b/train",
            "m",
            "m.prev",
            "m/prev",
            "m/x.prev",
            ".m",
            "..m",
            "ä",
            "a\u{308}",
            "å",
            "",
            "-",
            "/",
            "\n",
            "a\nb",
            "~",
            "a~b",
            long.as_str(),
            &format!("{long}n"),
            &format!("{long}/train"),
            &format!("{long}n/train"),
        ];
        for stem in [checkpoint_stem, model_stem] {
            let stems: BTreeSet<String> = names.iter().map(|name| stem(name).to_lowercase()).collect();
            assert_eq!(stems.len(), names.len(), "{stems:?}");
            for stem in stems {
                assert!(stem.len() < 120 && !stem.starts_with('.') && !stem.ends_with(".prev"), "{stem}");
                assert!(stem.bytes().all(|b| b.is_ascii_graphic() && b != b'/'), "{stem}");
            }
        }
        let file = model_stem("a b");
        assert_ne!(model_stem(&file), file, "a model that is called like another's file has one of its own");
    }
}
