//! Whole texts as a user reads them: errors of pipelines, usage, plans. A better sentence is one reviewed difference:
//! `TRYCMD=overwrite cargo test --release --test it -- snapshots` writes them again.

/// Every file of `tests/cmd` is a few commands with what they print and their exit codes.
#[test]
fn commands_print_what_is_written_down() {
    let cases = trycmd::TestCases::new();
    cases.register_bin("semola-pipe", std::path::Path::new(env!("CARGO_BIN_EXE_semola-pipe")));
    // The width of help texts.
    cases.env("COLUMNS", "100");
    cases.case("tests/cmd/*.trycmd");
}
