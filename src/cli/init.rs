//! `semola-pipe init`.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::args::InitArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_data::error::not_found;
use semola_data::foreign::How;
use semola_data::output::{Output, Own};
use semola_data::settings::{Import, OnInvalid};
use semola_data::{Base, DataError, Profile, profile, train_and_test, with_companions};
use semola_document::Diagnostics;
use semola_pipe::imports::{Imports, Room};
use semola_pipe::init::{Request, starter};
use semola_pipe::pipeline::Document;
use semola_pipe::pipeline::is_name;
use semola_pipe::run::{Family, default_out, read_all};

/// Looks at a file and writes a starter pipeline to stdout or to a file.
pub fn init(args: &InitArgs, printer: &Printer) -> Result<(), CliError> {
    check_name(args.name.as_deref())?;
    if let Some(out) = &args.out {
        place(out, args.force)?;
    }
    let (data, test) = parts(&args.data);
    let directory = args.out.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let name = args.name.clone().unwrap_or_else(|| data.first().map_or_else(String::new, |first| name_of(first)));
    let room = Room::beside_pipeline(directory, &default_out(&name));
    let imports = Arc::new(Imports::new(room).for_options().telling(printer.shared()));
    let (found, drop_invalid) = look(&data, args.import.settings(), &imports)?;
    let seen = |paths: &[PathBuf]| paths.iter().map(|path| relative(path, directory)).collect();
    let mut request = Request {
        name,
        data: seen(&data),
        test: seen(&test),
        import: args.import.settings(),
        targets: args.target.clone(),
        drop_invalid,
    };
    let mut made = starter(&found, &request)?;
    if has_invalid_rows(&made.text, directory, &imports)? && !drop_invalid {
        request.drop_invalid = true;
        made = starter(&found, &request)?;
        // Some row must be left, or the text would not pass `check`.
        has_invalid_rows(&made.text, directory, &imports)?;
    }
    if !made.geometry {
        let what = "no group acts on anything, so that no symmetry can be discovered";
        let first = data.first().map_or_else(String::new, |path| path.display().to_string());
        printer.note(&format!("{first}: it looks like {}: {what}", made.kind));
    }
    let text = made.text;
    match &args.out {
        None => super::say(printer, &text),
        Some(out) => {
            place(out, args.force)?.write(text.as_bytes())?;
            printer.note(&format!("{}: look at the lines marked `check:`, then: semola-pipe check {0}", out.display()));
            Ok(())
        }
    }
}

/// The training data, or all of it, and the test data beside it.
fn parts(data: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    match data {
        [one] => {
            let (train, test) = train_and_test(one);
            (with_companions(&train), test.map(|test| with_companions(&test)).unwrap_or_default())
        }
        several => (several.to_vec(), Vec::new()),
    }
}

/// The columns of the data, and whether rows had to be left out to read them.
fn look(data: &[PathBuf], import: Import, imports: &Imports) -> Result<(Profile, bool), CliError> {
    let base = Base { directory: Path::new(""), foreign: Some(imports) };
    let with = |on_invalid| profile(data, base, How { import, on_invalid });
    match with(OnInvalid::Error) {
        Err(DataError::Foreign { rows: true, message, .. }) => match with(OnInvalid::Drop) {
            Ok(found) => Ok((found, true)),
            // What is wrong is not about rows.
            Err(_) => Err(CliError::bad_data(message)),
        },
        found => Ok((found.map_err(of_argument)?, false)),
    }
}

/// A path on the command line is relative to where one stands.
fn of_argument(error: DataError) -> CliError {
    match error {
        DataError::NotFound(path) => CliError::bad_data(format!("{}: {}", path.display(), not_found(&path, ""))),
        other => other.into(),
    }
}

/// The name is also that of a directory, so that `check` refuses some.
fn check_name(name: Option<&str>) -> Result<(), CliError> {
    match name {
        Some(name) if !is_name(name) => Err(CliError::usage(format!(
            "--name {name}: this cannot be the name of a pipeline, for it is also that of the output directory \
             `runs/<name>`; a name is not empty, does not begin with a dot and holds no slash, backslash or end of line"
        ))),
        _ => Ok(()),
    }
}

/// The pipeline file: new, or with `--force` another text.
fn place(out: &Path, force: bool) -> Result<Output<'_>, CliError> {
    Ok(Output::new(out, Own::Text { force })?)
}

/// Checks the pipeline as `check` does, its data included; whether rows would have to be left out.
fn has_invalid_rows(text: &str, directory: &Path, imports: &Arc<Imports>) -> Result<bool, CliError> {
    let document = Document::from_copy("the starter pipeline", text, &[], directory)?;
    let family = Family::of(document, None).importing(imports.clone());
    let refused = |wrong: Diagnostics| {
        CliError::bad_data(format!("no pipeline was written, since `semola-pipe check` would refuse it:\n{wrong}"))
    };
    let plan = family.plan(0).map_err(refused)?;
    let data = match read_all(plan, family.base()) {
        Err(DataError::Invalid { .. }) => return Ok(true),
        other => other?,
    };
    family.settled(&[0], &data).map_err(refused)?;
    Ok(false)
}

/// The name of the file, or of its directory if the file name is uninformative.
fn name_of(data: &Path) -> String {
    let whole = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
    let stem = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let says_little = |s: &str| {
        s.contains('*') || ["train", "test", "data", "part-0", "0000"].contains(&s) || s.starts_with("train-")
    };
    let name = match (stem(&whole), whole.parent()) {
        (own, Some(parent)) if says_little(&own) => match (stem(parent), parent.parent()) {
            (name, Some(above)) if says_little(&name) => stem(above),
            (name, _) => name,
        },
        (own, _) => own,
    };
    semola_pipe::init::slug(&name)
}

/// The path as seen from a directory; unchanged if that cannot be determined.
fn relative(path: &Path, directory: &Path) -> PathBuf {
    if path.is_absolute() {
        return path.to_path_buf();
    }
    let here = std::env::current_dir().and_then(|c| c.canonicalize());
    let seen_from = |d: &Path| {
        if d.as_os_str().is_empty() { Ok(PathBuf::from(".")) } else { Ok::<_, std::io::Error>(d.to_path_buf()) }
    };
    let directory = seen_from(directory).and_then(|d| d.canonicalize());
    let (Ok(here), Ok(directory)) = (here, directory) else { return path.to_path_buf() };
    let whole = plain(&here.join(path));
    let common = whole.components().zip(directory.components()).take_while(|(a, b)| a == b).count();
    let up = directory.components().skip(common).map(|_| Component::ParentDir);
    up.chain(whole.components().skip(common)).collect()
}

/// Without `.` and with `a/..` taken out.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        let last = plain.components().next_back();
        match (part, last) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(plain.pop()),
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_pipeline() {
        let directory = tempfile::tempdir().unwrap();
        let absolute = directory.path().join("a.parquet");
        assert_eq!(relative(&absolute, Path::new("")), absolute);
        assert_eq!(relative(Path::new("./d/a.parquet"), Path::new("")), Path::new("d/a.parquet"));
        assert_eq!(relative(Path::new("data/a.parquet"), Path::new("src")), Path::new("../data/a.parquet"));
        assert_eq!(relative(Path::new("src/a.parquet"), Path::new("src")), Path::new("a.parquet"));
    }

    #[test]
    fn a_file_that_is_only_called_train_gets_the_name_of_its_folder() {
        assert_eq!(name_of(Path::new("/x/qm9/train.parquet")), "qm9");
        assert_eq!(name_of(Path::new("/x/qm9/data/train-*.parquet")), "qm9");
        assert_eq!(name_of(Path::new("/x/events.v2.parquet")), "events_v2");
    }
}
