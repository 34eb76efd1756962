//! A small project in a directory of its own: two Parquet files, a pipeline, and the program run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, FixedSizeListArray, Float32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

/// The tiny pipeline of most tests: two seeds, a learned and a plain model, one shift.
pub const PIPELINE: &str = "\
name: tiny
seed: [0, 1]
stages:
  - read:
      as: train
      path: train.parquet
      group: g
      fields:
        x: {action: vector, dim: 2}
        y: {action: vector, dim: 2}
  - read: {as: test, path: test.parquet, like: train}
  - prepare: {from: [train, test], steps: [{scale: {fields: [x, y], fit: train}}]}
  - train:
      as: learned
      from: train
      input: x
      target: y
      model: {mlp: {hidden: [16]}}
      augment: {learned: {space: {gl: 2}, generators: 2, steps: 60, audit: {networks: 2, steps: 60}}}
      epochs: 2
  - train: {as: plain, like: learned, augment: none}
  - evaluate: {models: [learned, plain], on: test, shifts: [{rotate: uniform}], bootstrap: 50}
";

/// A named column, with its unit if it has one.
pub struct Column(pub &'static str, pub ArrayRef, pub Option<&'static str>);

/// A temporary directory in which the program runs.
pub struct Project {
    dir: TempDir,
}

impl Project {
    /// `train.parquet` (600 rows), `test.parquet` (200 rows) and `p.yaml`, all valid.
    pub fn new() -> Self {
        let project = Self::with_pipeline(PIPELINE);
        project.write("train.parquet", &rotating(600, 1));
        project.write("test.parquet", &rotating(200, 2));
        project
    }

    /// Only `p.yaml`.
    pub fn with_pipeline(text: &str) -> Self {
        let project = Self { dir: tempfile::tempdir().unwrap() };
        project.put("p.yaml", text);
        project
    }

    /// The valid project with one piece of its pipeline replaced.
    pub fn edited(from: &str, to: &str) -> Self {
        let project = Self::new();
        assert!(PIPELINE.contains(from), "`{from}` is not in the pipeline");
        project.put("p.yaml", PIPELINE.replacen(from, to, 1));
        project
    }

    /// Writes any file.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Writes a Parquet file in row groups of 100 rows.
    pub fn write(&self, name: &str, columns: &[Column]) {
        self.write_compressed(name, columns, Compression::UNCOMPRESSED);
    }

    /// The same, compressed.
    pub fn write_compressed(&self, name: &str, columns: &[Column], compression: Compression) {
        let fields: Vec<Field> = columns.iter().map(field).collect();
        let schema = Arc::new(Schema::new(fields));
        let arrays = columns.iter().map(|c| Arc::clone(&c.1)).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
        let properties =
            WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(100)).build();
        let file = std::fs::File::create(self.path(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program, to be run in this directory.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semola-pipe"));
        command.current_dir(self.dir.path()).args(args).stdin(Stdio::null());
        command.env_remove("RUST_BACKTRACE").env_remove("SEMOLA_CHECKPOINT_SECONDS").env("NO_COLOR", "1");
        command
    }

    /// Runs the program to its end.
    pub fn semola(&self, args: &[&str]) -> Done {
        Done::new(self.command(args).output().unwrap())
    }

    /// The directories of members below `out`, in the order of their names.
    pub fn members(&self, out: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path(out)) else { return Vec::new() };
        let mut members: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
        members.sort();
        members
    }

    /// The only member below `out`.
    #[track_caller]
    pub fn member(&self, out: &str) -> PathBuf {
        let mut members = self.members(out);
        assert_eq!(members.len(), 1, "{members:?}");
        members.remove(0)
    }

    /// `run` and `check` end with this code, say all of these words, panic nowhere and leave no table behind.
    #[track_caller]
    pub fn refuses(&self, code: i32, words: &[&str]) {
        self.semola(&["check", "p.yaml"]).fails(code, words);
        self.run_refuses(code, words);
        assert!(!self.path("runs").exists(), "a run directory was made");
    }

    /// `run` alone does.
    #[track_caller]
    pub fn run_refuses(&self, code: i32, words: &[&str]) {
        self.semola(&["run", "p.yaml"]).fails(code, words);
        for member in self.members("runs/tiny") {
            assert!(!member.join("tables").exists(), "tables were left in {}", member.display());
        }
    }
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It ended well; gives its standard output.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.has_no_panic();
        self.out
    }

    /// It ended with this code and said all of these words on stderr, and nothing on stdout.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self.has_no_panic();
        assert_eq!(self.out, "", "stdout must hold data only");
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in:\n{}", self.err);
        }
        self.err
    }

    #[track_caller]
    pub fn has_no_panic(&self) {
        for word in ["panicked", "RUST_BACKTRACE", "unwrap()", "stack backtrace", "thread '"] {
            assert!(!self.err.contains(word) && !self.out.contains(word), "{self:#?}");
        }
    }
}

/// Rows of a rotation-equivariant task: x in R², y = exp(−|x|²/2) x, six rows a group.
pub fn rotating(rows: usize, seed: u64) -> Vec<Column> {
    let x: Vec<f32> = noise(2 * rows, seed);
    let y: Vec<f32> = x
        .chunks_exact(2)
        .flat_map(|v| {
            let f = (-(v[0] * v[0] + v[1] * v[1]) / 2.0).exp();
            [f * v[0], f * v[1]]
        })
        .collect();
    vec![
        Column("x", vectors(x, 2), None),
        Column("y", vectors(y, 2), None),
        Column("g", integers((0..rows as i64).map(|i| i / 6)), None),
    ]
}

/// Numbers between −2 and 2 from a linear congruential generator.
pub fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 22) as f32 - 2.0
    };
    (0..count).map(|_| next()).collect()
}

/// Rows of `k` numbers.
pub fn vectors(values: Vec<f32>, k: i32) -> ArrayRef {
    let item = Arc::new(Field::new("item", DataType::Float32, true));
    Arc::new(FixedSizeListArray::new(item, k, Arc::new(Float32Array::from(values)), None))
}

/// Rows of different lengths, filled with ones.
pub fn ragged(lengths: &[usize]) -> ArrayRef {
    lists(Arc::new(Float32Array::from(vec![1.0; lengths.iter().sum()])), lengths)
}

/// Lists of so many of the values each.
pub fn lists(values: ArrayRef, lengths: &[usize]) -> ArrayRef {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths.iter().copied()), values, None))
}

/// One number a row; `None` is a null.
pub fn numbers(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from_iter(values))
}

pub fn integers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

pub fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn field(column: &Column) -> Field {
    let field = Field::new(column.0, column.1.data_type().clone(), true);
    let unit = column.2.map(|unit| ("unit".to_owned(), unit.to_owned()));
    field.with_metadata(unit.into_iter().collect::<std::collections::HashMap<_, _>>())
}

/// Every file below a directory with its bytes, by relative path.
pub fn files(dir: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
