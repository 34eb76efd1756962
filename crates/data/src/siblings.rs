//! Training and test data that lie side by side.

use std::path::{Path, PathBuf};

use super::files::find;

/// Names of the other part, likeliest first.
const OTHERS: [&str; 5] = ["test", "validation", "valid", "val", "dev"];

/// The training data that a path stands for, and test data beside it: `train.parquet` and `test.parquet`, folders `train`
/// and `test`, or parts `train-*` and `test-*` in one folder. A path that is neither stands for itself alone.
pub fn train_and_test(path: &Path) -> (PathBuf, Option<PathBuf>) {
    if path.is_dir() {
        return in_folder(path).unwrap_or_else(|| (path.to_path_buf(), None));
    }
    let Some(name) = path.file_name().and_then(|n| n.to_str()) else { return (path.to_path_buf(), None) };
    let beside = |name: String| Some(path.with_file_name(name)).filter(|p| exists(p));
    if let Some(test) = OTHERS.iter().filter_map(|o| replaced(name, "train", o)).find_map(beside) {
        return (path.to_path_buf(), Some(test));
    }
    match OTHERS.iter().filter_map(|o| replaced(name, o, "train")).find_map(beside) {
        Some(train) => (train, Some(path.to_path_buf())),
        None => (path.to_path_buf(), None),
    }
}

/// Parts of a folder: folders of their own, or files with a common beginning.
fn in_folder(folder: &Path) -> Option<(PathBuf, Option<PathBuf>)> {
    let forms: [fn(&str) -> String; 3] = [str::to_owned, |s| format!("{s}.parquet"), |s| format!("{s}[-_]*.parquet")];
    // Where the parts lie in the folder or, as on Hugging Face, in one called `data`.
    let places = [folder.to_path_buf(), folder.join("data")];
    places.iter().flat_map(|place| forms.iter().map(move |form| (place, form))).find_map(|(place, form)| {
        let part = |name: &str| Some(place.join(form(name))).filter(|p| exists(p));
        Some((part("train")?, Some(OTHERS.iter().find_map(|o| part(o))?)))
    })
}

fn replaced(name: &str, from: &str, to: &str) -> Option<String> {
    // A number of parts differs between the two, so that it says nothing.
    let name = name.split_once("-of-").map_or(name.to_owned(), |(before, _)| {
        format!("{}-*.parquet", before.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-'))
    });
    name.contains(from).then(|| name.replacen(from, to, 1))
}

fn exists(path: &Path) -> bool {
    find(&[path.to_path_buf()], Path::new("")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        dir
    }

    #[track_caller]
    fn assert_pair(names: &[&str], asked: &str, train: &str, test: Option<&str>) {
        let dir = folder(names);
        let (found, beside) = train_and_test(&dir.path().join(asked));
        assert_eq!((found, beside), (dir.path().join(train), test.map(|t| dir.path().join(t))));
    }

    #[test]
    fn pairs_are_noticed_from_either_side() {
        let files = ["train.parquet", "test.parquet", "qm_valid.parquet", "qm_train.parquet", "other.parquet"];
        assert_pair(&files, "train.parquet", "train.parquet", Some("test.parquet"));
        assert_pair(&files, "test.parquet", "train.parquet", Some("test.parquet"));
        assert_pair(&files, "qm_train.parquet", "qm_train.parquet", Some("qm_valid.parquet"));
        assert_pair(&files, "other.parquet", "other.parquet", None);
        assert_pair(&files, "", "train.parquet", Some("test.parquet"));
    }

    #[test]
    fn folders_and_parts_are_pairs_too() {
        let parts = [
            "data/train-00000-of-00002.parquet",
            "data/train-00001-of-00002.parquet",
            "data/test-00000-of-00001.parquet",
        ];
        assert_pair(&parts, "", "data/train[-_]*.parquet", Some("data/test[-_]*.parquet"));
        assert_pair(
            &parts,
            "data/train-00000-of-00002.parquet",
            "data/train-00000-of-00002.parquet",
            Some("data/test-*.parquet"),
        );
        assert_pair(&["train/a.parquet", "val/b.parquet"], "", "train", Some("val"));
        assert_pair(&["a.parquet", "b.parquet"], "", "", None);
    }
}
