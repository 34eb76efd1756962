//! What is imported, what is taken again, and where it is kept.

use std::sync::Mutex;

use super::*;
use semola_data::settings::{FormatName, Import, OnInvalid};

/// Remembers what it was told.
#[derive(Default)]
struct Heard(Mutex<Vec<Imported>>);

impl Watch for Heard {}

impl OnImport for Heard {
    fn imported(&self, what: &Imported) {
        self.0.lock().unwrap().push(what.clone());
    }
}

impl Heard {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|i| i.line.clone()).collect()
    }
}

struct Bench {
    dir: tempfile::TempDir,
    heard: Arc<Heard>,
}

impl Bench {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.csv"), text).unwrap();
        Self { dir, heard: Arc::default() }
    }

    fn imports(&self) -> Imports {
        Imports::new(Room::of_run(&self.dir.path().join("runs/a"), self.dir.path())).telling(self.heard.clone())
    }

    fn csv(&self) -> PathBuf {
        self.dir.path().join("a.csv")
    }

    fn made(&self, how: How) -> StandIn {
        self.imports().stand_in(&[self.csv()], how).unwrap()
    }
}

#[test]
fn a_file_is_imported_once_and_taken_again_while_it_is_the_same() {
    let bench = Bench::new("x,y\n1,2\n3,4\n");
    let first = bench.made(How::default());
    assert!(first.parquet.starts_with(bench.dir.path().join("runs/a/imports")), "{first:?}");
    assert_eq!(first.originals[0].hash, file_hash(&bench.csv()).unwrap());
    assert_eq!(bench.made(How::default()), first);
    let lines = bench.heard.lines();
    assert!(lines[0].contains("a.csv: 2 rows (csv), imported to "), "{lines:?}");
    assert!(lines[1].contains("a.csv: 2 rows (csv), as imported before ("), "{lines:?}");
    // In one command it is told once.
    let imports = bench.imports();
    imports.stand_in(&[bench.csv()], How::default()).unwrap();
    imports.stand_in(&[bench.csv()], How::default()).unwrap();
    assert_eq!(bench.heard.lines().len(), 3);
    std::fs::write(bench.csv(), "x,y\n1,2\n3,5\n").unwrap();
    let other = bench.made(How::default());
    assert!(other.parquet != first.parquet && first.parquet.exists());
}

#[test]
fn what_was_changed_since_it_was_imported_is_imported_again() {
    let bench = Bench::new("x,y\n1,2\n3,4\n");
    let first = bench.made(How::default());
    let whole = std::fs::read(&first.parquet).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"", b"notes"] {
        std::fs::write(&first.parquet, damaged).unwrap();
        assert_eq!(bench.made(How::default()), first);
        assert_eq!(std::fs::read(&first.parquet).unwrap(), whole);
    }
    std::fs::write(first.parquet.with_extension("json"), "{}").unwrap();
    bench.made(How::default());
    assert!(bench.heard.lines().iter().all(|line| line.contains("imported to")), "{:?}", bench.heard.lines());
}

#[test]
fn settings_change_what_is_imported() {
    let bench = Bench::new("1,2\n3,4\n");
    let names = |how| bench.imports().stand_in(&[bench.csv()], how).map(|made| made.parquet);
    let error = names(How::default()).unwrap_err();
    assert!(error.to_string().contains("a.csv:1: the first line should name the columns"), "{error}");
    assert_eq!(error.blame(), Blame::Data);
    let header = |header| How { import: Import { header, ..Import::default() }, ..How::default() };
    assert_ne!(names(header(Some(false))).unwrap(), names(header(Some(true))).unwrap());
    let drop = How { on_invalid: OnInvalid::Drop, ..header(Some(false)) };
    std::fs::write(bench.csv(), "1,2\n3\n5,6\n").unwrap();
    let error = names(header(Some(false))).unwrap_err();
    assert!(matches!(error, DataError::Foreign { rows: true, .. }), "{error}");
    assert!(error.to_string().contains("a.csv:2") && error.to_string().contains("`on_invalid: drop`"), "{error}");
    let made = bench.made(drop);
    assert_eq!(made.dropped.values().sum::<usize>(), 1, "{made:?}");
    // Taken again, what was left out is told again.
    assert_eq!(bench.made(drop), made);
    assert!(bench.heard.0.lock().unwrap().iter().rev().take(2).all(|i| i.warnings[0].contains("left out 1")));
}

#[test]
fn a_format_that_is_not_known_is_told_with_those_that_are_read() {
    let bench = Bench::new("");
    let odd = bench.dir.path().join("a.dat");
    std::fs::write(&odd, "x y\n1 2\n3 4\n").unwrap();
    let error = bench.imports().stand_in(std::slice::from_ref(&odd), How::default()).unwrap_err();
    for word in ["a.dat: it is not Parquet", "csv (.csv, .tsv)", "npz (.npz)", "--format csv", "import: {format: csv}"]
    {
        assert!(error.to_string().contains(word), "{error}");
    }
    let csv = Import { format: Some(FormatName::Csv), ..Import::default() };
    assert!(bench.imports().stand_in(&[odd], How { import: csv, ..How::default() }).is_ok());
}

#[test]
fn nothing_is_kept_where_the_user_owns_nothing() {
    let bench = Bench::new("x,y\n1,2\n3,4\n");
    let kept = Imports::new(Room::beside_pipeline(bench.dir.path(), Path::new("no/such"))).telling(bench.heard.clone());
    let made = kept.stand_in(&[bench.csv()], How::default()).unwrap();
    assert!(made.parquet.starts_with(bench.dir.path().join(".semola-imports")));
    // A run takes it from there.
    assert_eq!(bench.made(How::default()).parquet, made.parquet);
    let passing =
        Imports::new(Room::beside_pipeline(Path::new("/proc"), Path::new("no/such"))).telling(bench.heard.clone());
    let made = passing.stand_in(&[bench.csv()], How::default()).unwrap();
    assert!(made.parquet.exists() && bench.heard.lines().last().unwrap().ends_with("imported for this command only"));
    drop(passing);
    assert!(!made.parquet.exists());
}
