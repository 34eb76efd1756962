//! Training and test data that lie side by side.

use std::path::{Path, PathBuf};

use super::files::find;

/// Names of the other part, likeliest first.
const OTHERS: [&str; 6] = ["test", "validation", "valid", "val", "dev", "t10k"];

/// Extensions of files that come as one training and one test file in a folder.
const EXTENSIONS: [&str; 8] = ["parquet", "csv", "tsv", "npz", "npy", "extxyz", "xyz", "sdf"];

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

/// Training data, and test data where there are some.
type Parts = (PathBuf, Option<PathBuf>);

/// Parts of a folder: folders of their own, or files with a common beginning.
fn in_folder(folder: &Path) -> Option<Parts> {
    let form = |number: usize, name: &str| match number.checked_sub(1) {
        None => name.to_owned(),
        Some(i) => EXTENSIONS.get(i).map_or_else(|| format!("{name}[-_]*.parquet"), |e| format!("{name}.{e}")),
    };
    // Where the parts lie in the folder or, as on Hugging Face, in one called `data`.
    let places = [folder.to_path_buf(), folder.join("data")];
    places.iter().flat_map(|place| (0..EXTENSIONS.len() + 2).map(move |number| (place, number))).find_map(
        |(place, number)| {
            let part = |name: &str| Some(place.join(form(number, name))).filter(|p| exists(p));
            Some((part("train")?, Some(OTHERS.iter().find_map(|o| part(o))?)))
        },
    )
}

/// A file with those that hold the rest of its rows: the labels of IDX images, the properties of SDF molecules.
pub fn with_companions(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_path_buf()];
    let Some(name) = path.file_name().and_then(|n| n.to_str()).filter(|_| path.is_file()) else { return all };
    let labels = name.contains("images").then(|| name.replace("images", "labels").replace("idx3", "idx1"));
    let properties = name.to_lowercase().ends_with(".sdf").then(|| format!("{name}.csv"));
    let beside = labels.into_iter().chain(properties).map(|name| path.with_file_name(name));
    all.extend(beside.filter(|companion| companion != path && companion.is_file()));
    all
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
        assert_pair(&["a_train.csv", "a_test.csv"], "a_train.csv", "a_train.csv", Some("a_test.csv"));
        assert_pair(&["train.csv", "test.csv"], "", "train.csv", Some("test.csv"));
        assert_pair(&files, "other.parquet", "other.parquet", None);
        assert_pair(&files, "", "train.parquet", Some("test.parquet"));
    }

    #[test]
    fn companions_are_found() {
        let names = [
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "m.sdf",
            "m.sdf.csv",
        ];
        let dir = folder(&names);
        let found = |name: &str| with_companions(&dir.path().join(name)).len();
        assert_eq!([found(names[0]), found(names[2]), found("m.sdf"), found("m.sdf.csv")], [2, 1, 2, 1]);
        assert_pair(&names, names[0], names[0], Some(names[2]));
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
