//! ARCHITECTURE.md is true: a folder uses only folders above it in the list.

use std::fs;
use std::path::Path;

use crate::project::files;

/// The folders of a source directory in the order of its list, where several may share a line.
fn listed(page: &str, source: &str) -> Vec<String> {
    let block = page.split("```").nth(1).unwrap();
    let folders = block.split(&format!("\n {source}/")).nth(1).unwrap().split("\n\n").next().unwrap();
    let is_folder = |word: &&str| {
        let folder = word.split('/').next().unwrap_or_default();
        !folder.is_empty() && Path::new(env!("CARGO_MANIFEST_DIR")).join(source).join(folder).is_dir()
    };
    let words = |line: &str| -> Vec<String> {
        // Names end where the explanation begins.
        let names = line.trim_start().split("   ").next().unwrap_or_default();
        let names = names.split_whitespace().filter(is_folder);
        names.map(|word| word.split('/').next().unwrap_or_default().to_owned()).collect()
    };
    folders.lines().skip(1).flat_map(words).collect()
}

/// The code of a file without its tests.
fn code(text: &str) -> &str {
    let tests =
        text.find("#[cfg(test)]\nmod ").filter(|at| text[*at..].lines().nth(1).is_some_and(|l| l.ends_with('{')));
    &text[..tests.unwrap_or(text.len())]
}

#[test]
fn a_folder_uses_only_folders_above_it() {
    let wrong: Vec<String> = ["src", "crates/method/src"].into_iter().flat_map(against_the_list).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// Uses in the files of a source directory that go up its list.
fn against_the_list(source: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let order = listed(&fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap(), source);
    let folder_of_all = root.join(source);
    let mut folders: Vec<String> = fs::read_dir(&folder_of_all)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("mod.rs").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut sorted = order.clone();
    sorted.sort();
    assert_eq!(sorted, folders, "every folder of {source} is in the list of ARCHITECTURE.md, once");
    let place = |folder: &str| order.iter().position(|f| f == folder);
    let is_test = |name: &str| {
        name.ends_with("tests.rs")
            || name.ends_with("fixtures.rs")
            || name.split('/').any(|part| part.ends_with("tests"))
    };
    let mut wrong = Vec::new();
    for folder in &folders {
        for (name, bytes) in files(&folder_of_all.join(folder)) {
            if !name.ends_with(".rs") || is_test(&name) {
                continue;
            }
            // The program's own folder uses the library under its name.
            let text = String::from_utf8(bytes).unwrap().replace("semola_pipe::", "crate::");
            for used in code(&text).split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if used != *folder && place(&used).is_some_and(|at| at >= place(folder).unwrap()) {
                    wrong.push(format!("{source}/{folder}/{name} uses {used}"));
                }
            }
        }
    }
    wrong
}
