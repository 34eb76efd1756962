//! README's first commands give what README shows: the same words, and numbers that another processor could give.
//! `SEMOLA_README=overwrite` writes what they give now.

use std::path::Path;

use crate::project::Project;

const MARK: &str = "<!-- first:";

/// What stands for what differs from build to build: hashes.
const ANY: char = '…';

/// How far a number may be from what is shown: errors where no data was vary much.
const FACTOR: f64 = 5.0;

/// Whether a word is as shown: the same, or a number that is near.
fn agree(shown: &str, given: &str) -> bool {
    if let Some((before, after)) = shown.split_once(ANY) {
        return given.starts_with(before) && given.ends_with(after);
    }
    let number = |word: &str| word.trim_end_matches(['x', ',', ';', ')', '%']).parse::<f64>().ok();
    match (number(shown), number(given)) {
        (Some(a), Some(b)) => a == b || (a * b > 0.0 && (a / b).ln().abs() <= FACTOR.ln()),
        _ => shown == given,
    }
}

/// The same line with hashes of files and members left out.
fn without_hashes(line: &str) -> String {
    let is_hash = |part: &str| part.len() >= 12 && part.chars().all(|c| c.is_ascii_hexdigit());
    let mut kept = line.to_owned();
    for part in line.split(['/', '-', '.', ' ']).filter(|part| is_hash(part)) {
        kept = kept.replace(part, &ANY.to_string());
    }
    kept
}

#[test]
fn the_first_commands_give_what_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let begin = readme.find(MARK).expect("README has a first block");
    let (before, rest) = readme.split_at(begin + readme[begin..].find("```\n").unwrap() + 4);
    let (shown, after) = rest.split_at(rest.find("```\n").unwrap());
    let project = Project::with_pipeline("");
    std::fs::create_dir_all(project.path("data/force")).unwrap();
    for name in ["data/force/train.csv", "data/force/test.csv"] {
        std::fs::copy(root.join(name), project.path(name)).unwrap();
    }
    let mut given = Vec::new();
    for command in shown.lines().filter_map(|line| line.strip_prefix("$ ")) {
        given.push(format!("$ {command}"));
        let words: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(words[0], "semola-pipe", "{command}");
        let done = project.semola(&words[1..]);
        // What goes on is told on stderr, and read by nobody once there is a result.
        let text = if done.out.is_empty() { done.err.clone() } else { done.out.clone() };
        done.succeeds();
        given.extend(text.lines().map(without_hashes));
    }
    assert!(given.len() > 8, "{given:#?}");
    if std::env::var_os("SEMOLA_README").is_some_and(|how| how == "overwrite") {
        let new = format!("{before}{}\n{after}", given.join("\n"));
        return std::fs::write(root.join("README.md"), new).unwrap();
    }
    let shown: Vec<&str> = shown.lines().collect();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    for (shown, given) in shown.iter().zip(&given) {
        let (a, b) = (words(shown), words(given));
        let same = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| agree(a, b));
        assert!(same, "README shows\n{shown}\nbut it is\n{given}");
    }
    assert_eq!(shown.len(), given.len(), "{given:#?}");
}

#[test]
fn words_agree_and_numbers_nearly() {
    assert!(agree("so(2),", "so(2),") && !agree("so(2),", "so(3),"));
    assert!(agree("1.8e-3", "1.1e-3") && !agree("1.8e-3", "1.8e-2") && !agree("1", "-1") && agree("0", "0"));
    assert!(agree("a-….parquet", "a-12.parquet") && !agree("a-….parquet", "b-12.parquet"));
    assert_eq!(without_hashes("runs/a/0123456789abcdef is"), "runs/a/… is");
}
