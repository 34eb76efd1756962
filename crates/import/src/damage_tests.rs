//! However a file is damaged, the import ends with a file or an error, never with a panic or a partial file.

use std::path::{Path, PathBuf};

use super::format::named;
use super::{OnInvalid, Request, import};

/// The committed fixtures, one list an import.
const FIXTURES: [(&str, &[&str]); 16] = [
    ("idx", &["images-idx3-ubyte", "labels-idx1-ubyte"]),
    ("idx", &["packed-images-idx3-ubyte.gz"]),
    ("npy", &["floats_big_endian.npy"]),
    ("npy", &["half_fortran.npy"]),
    ("npz", &["compressed.npz"]),
    ("npz", &["md17.npz"]),
    ("extxyz", &["frames.extxyz"]),
    ("xyz", &["plain.xyz"]),
    ("xyz", &["qm9.xyz"]),
    ("sdf", &["molecules.sdf", "molecules.csv"]),
    ("off", &["mesh.off"]),
    ("off", &["cloud.off"]),
    ("ply", &["ascii.ply"]),
    ("ply", &["little.ply"]),
    ("ply", &["big.ply"]),
    ("csv", &["table.csv"]),
];

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    /// Imports damaged files; a panic fails the test, and an error must leave nothing behind.
    fn run(&self, format: &str, paths: &[PathBuf], on_invalid: OnInvalid) {
        let out = self.dir.path().join("out.parquet");
        let format = named(format).unwrap();
        let request = Request {
            format: Some(format),
            inputs: paths.to_vec(),
            out: out.clone(),
            on_invalid,
            units: Vec::new(),
            header: None,
            remedy: crate::OPTION,
        };
        let outcome = import(&request, &semola_data::Unwatched);
        assert_eq!(outcome.is_ok(), out.exists());
        let _ = std::fs::remove_file(&out);
        let left = std::fs::read_dir(self.dir.path()).unwrap().count();
        assert_eq!(left, paths.len(), "something is left behind");
    }
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/import/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// For each fixture: its files damaged by `damage`, one at a time.
fn damaged(damage: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    for (format, names) in FIXTURES {
        let bench = Bench { dir: tempfile::tempdir().unwrap() };
        let paths: Vec<PathBuf> = names.iter().map(|name| bench.dir.path().join(name)).collect();
        for (path, name) in paths.iter().zip(names) {
            std::fs::write(path, fixture(name)).unwrap();
        }
        bench.run(format, &paths, OnInvalid::Error);
        for (path, name) in paths.iter().zip(names) {
            let whole = fixture(name);
            for (i, bytes) in damage(&whole).into_iter().enumerate() {
                std::fs::write(path, bytes).unwrap();
                bench.run(format, &paths, if i % 2 == 0 { OnInvalid::Drop } else { OnInvalid::Error });
            }
            std::fs::write(path, whole).unwrap();
        }
    }
}

/// Numbers from a linear congruential generator.
fn draw(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

#[test]
fn files_cut_at_many_places_never_panic() {
    damaged(|whole| {
        let step = whole.len().div_ceil(60).max(1);
        (0..whole.len()).step_by(step).map(|end| whole[..end].to_vec()).collect()
    });
}

#[test]
fn files_with_wrong_bytes_never_panic() {
    damaged(|whole| {
        let mut state = whole.len() as u64;
        let mut change = |_| {
            let mut bytes = whole.to_vec();
            for _ in 0..1 + draw(&mut state) % 3 {
                let at = draw(&mut state) % bytes.len();
                // Digits make wrong counts, which hurt more than noise.
                bytes[at] = if draw(&mut state).is_multiple_of(2) {
                    b"0123456789-. \n\"<$"[draw(&mut state) % 17]
                } else {
                    draw(&mut state) as u8
                };
            }
            bytes
        };
        (0..60).map(&mut change).collect()
    });
}

#[test]
fn files_with_missing_or_doubled_parts_never_panic() {
    damaged(|whole| {
        let mut state = 7 + whole.len() as u64;
        let mut change = |i: usize| {
            let (a, b) = (draw(&mut state) % whole.len(), draw(&mut state) % whole.len());
            let (a, b) = (a.min(b), a.max(b));
            if i.is_multiple_of(2) { [&whole[..a], &whole[b..]].concat() } else { [&whole[..b], &whole[a..]].concat() }
        };
        (0..30).map(&mut change).collect()
    });
}

/// Asks to stop from the n-th time on that it is asked.
struct StopsAt(std::sync::atomic::AtomicUsize);

impl semola_data::Watch for StopsAt {
    fn stop(&self) -> bool {
        use std::sync::atomic::Ordering::Relaxed;
        self.0.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(1))).is_ok_and(|left| left <= 1)
    }
}

#[test]
fn every_import_can_be_stopped_and_leaves_nothing() {
    for (format, names) in FIXTURES {
        let bench = Bench { dir: tempfile::tempdir().unwrap() };
        let paths: Vec<PathBuf> = names.iter().map(|name| bench.dir.path().join(name)).collect();
        for (path, name) in paths.iter().zip(names) {
            std::fs::write(path, fixture(name)).unwrap();
        }
        let out = bench.dir.path().join("out.parquet");
        let request = Request {
            format: Some(named(format).unwrap()),
            inputs: paths.clone(),
            out: out.clone(),
            on_invalid: OnInvalid::Drop,
            units: Vec::new(),
            header: None,
            remedy: crate::OPTION,
        };
        let mut asked = 1;
        while import(&request, &StopsAt(asked.into())).is_err() {
            assert!(!out.exists() && asked < 100, "{names:?}, asked {asked} times");
            assert_eq!(std::fs::read_dir(bench.dir.path()).unwrap().count(), paths.len(), "something is left behind");
            asked += 1;
        }
        // While files are hashed, before each piece is read, and after all rows.
        assert!(asked > 2, "{names:?}: asked only {asked} times");
    }
}
