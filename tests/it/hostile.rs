//! Names and values that a terminal, a browser or a spreadsheet would obey are shown instead.

use crate::bound::SMALL;
use crate::project::{Column, Project, integers, rotating, texts};

const ESC: &str = "evil\u{1b}[31m\u{9b}2J\u{202e}";

/// Nothing that a terminal obeys.
#[track_caller]
fn assert_clean(text: &str) {
    let bad =
        text.chars().find(|&c| !matches!(c, '\n' | '\t') && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)));
    assert_eq!(bad, None, "{text:?}");
}

#[test]
fn inspect_shows_what_a_column_holds_and_does_not_obey_it() {
    let project = Project::with_pipeline("");
    let values = ["a\u{1b}]0;OWNED\u{7}\u{1b}[2J", "b\nfake: error line", "c\rd", "e"];
    project.write("esc.parquet", &[Column(ESC, integers(0..4), None), Column("c\nol", texts(values), None)]);
    let told = project.semola(&["inspect", "esc.parquet"]).succeeds();
    assert_clean(&told);
    assert_eq!(told.lines().count(), 4, "{told}");
    assert!(told.contains("evil\\u{1b}[31m") && told.contains("c\\nol"), "{told}");
    // JSON holds the same, escaped as JSON does.
    let told = project.semola(&["inspect", "esc.parquet", "--json"]).succeeds();
    assert_clean(&told);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["columns"][0]["name"], ESC);
    // In messages too.
    let text = SMALL.replace("a.parquet", "esc.parquet");
    project.put("p.yaml", text);
    let done = project.semola(&["check", "p.yaml"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("evil\\u{1b}[31m"), "{done:?}");
    assert_clean(&done.err);
}

#[test]
fn names_of_models_and_pipelines_are_escaped_wherever_they_are_shown() {
    let name = "=cmd|' C calc'!A0\\r<img src=x onerror=alert(1)>\\e2J";
    let text = SMALL.replace("as: m,", &format!("as: \"{name}\",")).replace("[m]", &format!("[\"{name}\"]"));
    let project = Project::with_pipeline(&text.replace("name: small", "name: \"p\\e[2Jx\""));
    project.write("a.parquet", &rotating(40, 1));
    let done = project.semola(&["run", "p.yaml", "--out", "o"]);
    assert_clean(&done.err);
    assert_clean(&done.succeeds());
    for format in ["table", "markdown", "csv", "json"] {
        let told = project.semola(&["compare", "o", "--format", format]).succeeds();
        assert_clean(&told);
        match format {
            "markdown" => {
                assert!(told.contains("&lt;img") && !told.contains("<img") && told.contains("=cmd\\|"), "{told}")
            }
            "csv" => assert!(told.contains("'=cmd") && !told.contains(",=cmd") && !told.contains("\"=cmd"), "{told}"),
            "json" => assert!(serde_json::from_str::<serde_json::Value>(&told).is_ok(), "{told}"),
            _ => assert!(told.contains("\\u{1b}[2J"), "{told}"),
        }
    }
    let told = project.semola(&["compare", "o", "--format", "csv", "--rows", "members"]).succeeds();
    assert!(
        told.lines().skip(1).all(|line| line.split(',').all(|cell| !cell.trim_matches('"').starts_with('='))),
        "{told}"
    );
    let page = std::fs::read_to_string(project.member("o").join("report.html")).unwrap();
    assert_clean(&page);
    assert!(!page.contains("<img"), "markup of a name is in the page");
    assert_clean(&project.semola(&["inspect", "o"]).succeeds());
    assert_clean(&project.semola(&["report", "o"]).succeeds());
    let told = project.semola(&["check", "p.yaml"]);
    assert_clean(&told.err);
    assert_clean(&told.succeeds());
}

#[test]
fn names_of_files_are_escaped_in_messages() {
    let project = Project::with_pipeline("");
    project.put("a\u{1b}[2J\nerror: forged.parquet", "no parquet");
    for args in [
        &["inspect", "a\u{1b}[2J\nerror: forged.parquet"][..],
        &["init", "a\u{1b}[2J\nerror: forged.parquet"],
        &["inspect", "no\u{1b}[2J"],
    ] {
        let done = project.semola(args);
        assert!(matches!(done.code, Some(2 | 3)), "{done:?}");
        assert_clean(&done.err);
        assert!(!done.err.lines().any(|line| line.starts_with("error: forged")), "{done:?}");
    }
}
