//! `render` of the document, on pipelines.

use crate::pipeline::Document;
use semola_document::Diagnostics;

fn broken(text: &str, sets: &[String]) -> Diagnostics {
    Document::from_text("pipeline.yaml", text, sets).unwrap_err()
}

#[test]
fn plain_text_shows_place_message_line_and_help() {
    let all = broken("name: ä\nstages: []\nsed: 3\n", &[]);
    let wanted = "\
pipeline.yaml:3:1: error: unknown key 'sed'; did you mean 'seed'?
   |
 3 | sed: 3
   | ^^^
  = help: the keys here are 'name', 'description', 'seed', 'memory', 'grid', 'zip', 'list', 'stages'";
    assert_eq!(all.to_string(), wanted);
}

#[test]
fn arguments_are_named_without_a_line() {
    let all = broken("name: a\nstages: []\n", &["seed=x".to_owned()]);
    let wanted = "--set seed=x: error: expected a whole number from 0 or a list (each item a whole number from 0), found the text 'x'";
    assert_eq!(all.to_string(), wanted);
}

#[test]
fn long_lines_are_cut_around_the_caret() {
    let text = format!("{{name: {}, stages: [], sed: 3}}\n", "x".repeat(400));
    let shown = broken(&text, &[]).to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[2].chars().count() < 130, "{shown}");
    let caret = lines[3].find('^').unwrap();
    assert_eq!(&lines[2][caret..caret + 3], "sed");
}

#[test]
fn the_terminal_form_names_the_file_and_marks_the_place() {
    let shown = broken("name: a\nstages: []\nsed: 3\n", &[]).render(true);
    assert!(shown.contains("unknown key 'sed'") && shown.contains("pipeline.yaml:3:1"), "{shown}");
}
