//! `import`: the numbers of every format against those of ASE and numpy (tests/import/golden.py), and what bad input gets.

use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Float64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::project::{Done, Project, files};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn fixture(name: &str) -> String {
    root().join("tests/import/fixtures").join(name).display().to_string()
}

/// Runs `import` in a project of its own.
fn import(project: &Project, format: &str, inputs: &[String], more: &[&str]) -> Done {
    let inputs = inputs.iter().map(String::as_str);
    let args: Vec<&str> = ["import", format].into_iter().chain(inputs).chain(["--out", "out.parquet"]).collect();
    project.semola(&[&args, more].concat())
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// The type in the words of golden.py.
fn kind(data_type: &DataType) -> String {
    match data_type {
        DataType::List(item) => format!("list<{}>", kind(item.data_type())),
        DataType::FixedSizeList(item, n) => format!("{}[{n}]", kind(item.data_type())),
        DataType::Utf8 => "string".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

/// All numbers of a row, in order.
fn numbers(array: &ArrayRef, row: usize) -> Option<Vec<f64>> {
    fn flat(array: &ArrayRef, out: &mut Vec<f64>) {
        match array.data_type() {
            DataType::List(_) => (0..array.len()).for_each(|i| flat(&array.as_list::<i32>().value(i), out)),
            DataType::FixedSizeList(..) => {
                (0..array.len()).for_each(|i| flat(&array.as_fixed_size_list().value(i), out))
            }
            _ => out.extend(cast(array, &DataType::Float64).unwrap().as_primitive::<Float64Type>().values()),
        }
    }
    let mut out = Vec::new();
    array.is_valid(row).then(|| flat(&array.slice(row, 1), &mut out)).map(|()| out)
}

fn text(array: &ArrayRef, row: usize) -> Option<String> {
    array.is_valid(row).then(|| array.as_string::<i32>().value(row).to_owned())
}

/// Compares a column with its golden summary.
fn compare(case: &str, field: &Field, array: &ArrayRef, golden: &Value) {
    let at = format!("{case}, column {}", field.name());
    assert_eq!(kind(field.data_type()), golden["kind"].as_str().unwrap(), "{at}");
    assert_eq!(array.null_count() as u64, golden["nulls"].as_u64().unwrap(), "{at}");
    assert_eq!(field.metadata().get("unit").map(String::as_str), golden["unit"].as_str(), "{at}");
    if golden["shape"].is_array() {
        let stated: Value = serde_json::from_str(&field.metadata()["shape"]).unwrap();
        assert_eq!(stated, golden["shape"], "{at}");
    }
    let last = array.len() - 1;
    if golden["kind"] == "string" {
        assert_eq!(text(array, 0).as_deref(), golden["first"].as_str(), "{at}");
        assert_eq!(text(array, last).as_deref(), golden["last"].as_str(), "{at}");
        let characters: usize = (0..=last).filter_map(|row| text(array, row)).map(|t| t.chars().count()).sum();
        assert_eq!(characters as u64, golden["characters"].as_u64().unwrap(), "{at}");
        return;
    }
    let rows: Vec<Option<Vec<f64>>> = (0..=last).map(|row| numbers(array, row)).collect();
    for (row, name) in [(&rows[0], "first"), (&rows[last], "last")] {
        let expected: Option<Vec<f64>> =
            golden[name].as_array().map(|list| list.iter().map(|x| x.as_f64().unwrap()).collect());
        assert_eq!(*row, expected, "{at}: {name} row");
    }
    let (mut values, mut sum, mut weighted, mut absolute) = (0, 0.0, 0.0, 0.0);
    for (row, numbers) in rows.iter().enumerate() {
        for (i, x) in numbers.iter().flatten().enumerate() {
            let weight = ((row % 97 + 1) * (i + 1)) as f64;
            values += 1;
            sum += x;
            weighted += weight * x;
            absolute += weight * x.abs();
        }
    }
    assert_eq!(values, golden["values"].as_u64().unwrap(), "{at}");
    let scale = golden["absolute"].as_f64().unwrap();
    for (found, name) in [(sum, "sum"), (weighted, "weighted"), (absolute, "absolute")] {
        let expected = golden[name].as_f64().unwrap();
        assert!((found - expected).abs() <= 1e-12 * scale, "{at}: {name} is {found}, not {expected}");
    }
}

fn golden(root_name: &str, folder: &Path, least: usize) {
    let cases = std::fs::read_to_string(root().join("tests/import/golden.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    let cases: Vec<&Value> = cases.iter().filter(|case| case["root"] == root_name).collect();
    assert!(cases.len() >= least, "golden.json holds {} cases of {root_name}", cases.len());
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let inputs: Vec<String> = case["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i.as_str().unwrap())
            .map(|i| folder.join(i).display().to_string())
            .collect();
        for format in [case["format"].as_str().unwrap(), "auto"] {
            let project = Project::with_pipeline("");
            let done = import(&project, format, &inputs, &["--on-invalid", "drop", "--json"]);
            let report: Value = serde_json::from_str(&done.succeeds()).unwrap();
            assert_eq!(report["rows"], case["rows"], "{name}");
            assert_eq!(report["dropped"], serde_json::json!({}), "{name}");
            let batch = read(&project.path("out.parquet"));
            assert_eq!(batch.num_rows() as u64, case["rows"].as_u64().unwrap(), "{name}");
            let expected = case["columns"].as_object().unwrap();
            let schema = batch.schema();
            let mut names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let mut wanted: Vec<&str> = expected.keys().map(String::as_str).collect();
            names.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(names, wanted, "{name}");
            for (field, array) in schema.fields().iter().zip(batch.columns()) {
                compare(name, field, array, &expected[field.name()]);
            }
            assert!(project.semola(&["inspect", "out.parquet"]).succeeds().contains("rows"), "{name}");
        }
    }
}

#[test]
fn fixtures_give_the_numbers_of_ase_and_numpy() {
    golden("fixtures", &root().join("tests/import/fixtures"), 16);
}

#[test]
fn samples_give_the_numbers_of_ase_and_numpy() {
    let folder = root().join("../shared/samples");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not there; only the committed fixtures are compared", folder.display());
        return;
    }
    golden("samples", &folder, 16);
}

#[test]
fn provenance_and_units_are_written_where_readers_look() {
    let project = Project::with_pipeline("");
    let inputs = [fixture("images-idx3-ubyte"), fixture("labels-idx1-ubyte")];
    import(&project, "idx", &inputs, &["--unit", "image=grey value"]).succeeds();
    let file = std::fs::File::open(project.path("out.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let entry = |key: &str| pairs.iter().find(|p| p.key == key).and_then(|p| p.value.clone()).unwrap();
    assert!(!entry("ARROW:schema").is_empty());
    let from: Value = serde_json::from_str(&entry("semola.import")).unwrap();
    assert_eq!((&from["format"], &from["rows"]), (&"idx".into(), &7.into()));
    assert_eq!(from["files"][0]["name"], "images-idx3-ubyte");
    let bytes = std::fs::read(&inputs[0]).unwrap();
    assert_eq!(from["files"][0]["blake3"], blake3::hash(&bytes).to_hex().to_string());
    assert!(from["program"].as_str().unwrap().contains(env!("CARGO_PKG_VERSION")));
    let schema = reader.schema();
    let metadata = schema.field_with_name("image").unwrap().metadata();
    for (key, value) in
        [("height", "5"), ("width", "4"), ("channels", "1"), ("shape", "[5, 4, 1]"), ("unit", "grey value")]
    {
        assert_eq!(metadata[key], value);
    }
    for column in reader.metadata().row_group(0).columns() {
        assert!(matches!(column.compression(), parquet::basic::Compression::ZSTD(_)));
    }
}

#[test]
fn what_is_imported_is_read_without_conversion() {
    for (format, names, fields, input, target) in [
        (
            "npz",
            &["md17.npz"][..],
            "positions: {action: points, dim: 3}, forces: {action: points, dim: 3}, energy: {}, z: {column: atomic_numbers}",
            "positions",
            "energy",
        ),
        ("idx", &["images-idx3-ubyte", "labels-idx1-ubyte"], "image: {}, label: {}", "image", "label"),
        ("npy", &["half_fortran.npy", "flags.npy"], "half_fortran: {}, flags: {}", "half_fortran", "flags"),
        (
            "extxyz",
            &["frames.extxyz"],
            "positions: {action: points, dim: 3}, forces: {action: points, dim: 3}, atomic_numbers: {}, dipole: {action: vector, \
             dim: 3}, energy: {}, cell: {}, weights: {}",
            "weights",
            "energy",
        ),
        ("xyz", &["qm9.xyz"], "positions: {action: points, dim: 3}, gap: {}, mu: {}", "gap", "mu"),
        (
            "ply",
            &["little.ply"],
            "points: {action: points, dim: 3}, normals: {action: points, dim: 3}, q: {column: quality}",
            "q",
            "q",
        ),
    ] {
        // The frames have a cell, which plays no part here.
        let cell = if format == "extxyz" { ", cell: ignore" } else { "" };
        let reads = format!(
            "name: tiny\nseed: 0\nstages:\n  - read: {{as: data, path: out.parquet{cell}, fields: {{{fields}}}}}\n"
        );
        let project = Project::with_pipeline(&reads);
        let inputs: Vec<String> = names.iter().map(|name| fixture(name)).collect();
        import(&project, format, &inputs, &["--on-invalid", "drop"]).succeeds();
        project.semola(&["check", "p.yaml"]).succeeds();
        // Training needs rows to hold out.
        if read(&project.path("out.parquet")).num_rows() >= 5 {
            let trains = format!(
                "  - train: {{as: plain, from: data, input: {input}, target: {target}, model: {{mlp: {{hidden: [4]}}}}, \
                 augment: none, epochs: 1}}\n"
            );
            project.put("p.yaml", reads + &trains);
            project.semola(&["check", "p.yaml"]).succeeds();
            project.semola(&["run", "p.yaml"]).succeeds();
        }
    }
}

#[test]
fn invalid_rows_end_the_import_or_are_left_out_and_counted() {
    let project = Project::with_pipeline("");
    project.put("a.csv", "x,y\n1,2\n3,nan\n5\n7,8\n");
    let inputs = ["a.csv".to_owned()];
    import(&project, "csv", &inputs, &[]).fails(3, &["a.csv:3: `y`: the value is NaN", "--on-invalid drop"]);
    assert!(!project.path("out.parquet").exists());
    let done = import(&project, "csv", &inputs, &["--on-invalid", "drop", "--json"]);
    assert!(done.err.contains("left out 2 invalid rows (row 1, y 1)") && done.err.contains("a.csv:4: "), "{done:#?}");
    let report: Value = serde_json::from_str(&done.succeeds()).unwrap();
    assert_eq!(report["dropped"], serde_json::json!({"row": 1, "y": 1}));
    assert_eq!(read(&project.path("out.parquet")).num_rows(), 2);
    project
        .put("b.xyz", "1\nProperties=species:S:1:pos:R:3 e=1\nC 0 0 0\n1\nProperties=species:S:1:pos:R:3\nC 0 0 0\n");
    let inputs = ["b.xyz".to_owned()];
    import(&project, "extxyz", &inputs, &[])
        .fails(3, &["b.xyz:5: there is no `e`, which other frames have", "for nulls"]);
    let done = import(&project, "extxyz", &inputs, &["--on-invalid", "drop"]);
    assert!(done.err.contains("wrote nulls for values that are missing (e 1)"), "{done:#?}");
    assert_eq!(done.succeeds(), "out.parquet\n");
    assert_eq!(read(&project.path("out.parquet")).column_by_name("e").unwrap().null_count(), 1);
    project.put("c.csv", "x\nnan\ninf\n");
    let done = import(&project, "csv", &["c.csv".to_owned()], &["--on-invalid", "drop"]);
    done.fails(3, &["no row is left", "left out 2 invalid rows"]);
}

/// A molecule of one atom, up to its data items.
const MOLECULE: &str = "a\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0\nM  END\n";

#[test]
fn bad_files_are_named_and_nothing_is_left_behind() {
    let project = Project::with_pipeline("");
    project.put("empty.csv", "");
    project.put("bad.xyz", "1\ncomment\nQq 0 0 0\n");
    project.put("cut.npy", &std::fs::read(fixture("bytes.npy")).unwrap()[..140]);
    let packed = std::fs::read(fixture("packed-images-idx3-ubyte.gz")).unwrap();
    project.put("cut-idx3-ubyte.gz", &packed[..packed.len() - 20]);
    project.put("cut.npz", &std::fs::read(fixture("compressed.npz")).unwrap()[..700]);
    project.put("cut.off", "OFF\n3 0 0\n0 0 0\n");
    project.put("huge.off", "OFF\n888888888888 0 0\n0 0 0\n");
    project.put("text.ply", "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 0 0\n1 a 2\n");
    project.put("nan.xyz", "1\nProperties=species:S:1:pos:R:3 energy=nan\nH 0 0 0\n");
    project.put("quote.csv", "a,b\n1,\"2\n3,4\n");
    project.put("more.off", "OFF\n2 0 0\n0 0 0\n1 0 0\n0 1 0\n");
    project.put("face.off", "OFF\n2 1 0\n0 0 0\n1 0 0\n0 1 0\n");
    let points = "element vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n";
    project.put("more.ply", format!("ply\nformat ascii 1.0\n{points}0 0 0\n1 1 1\n"));
    project.put("nan.ply", format!("ply\nformat ascii 1.0\n{points}0 nan 0\n"));
    project.put("head.ply", format!("ply\nformat asci 1.0\n{points}0 0 0\n"));
    let binary = format!("ply\nformat binary_little_endian 1.0\n{points}").into_bytes();
    let end = binary.len();
    project.put("more_binary.ply", [&binary[..], &[0; 13]].concat());
    project.put("cut_binary.ply", [&binary[..], &[0; 11]].concat());
    project.put("nan.sdf", format!("{MOLECULE}> <e>\nnan\n\n$$$$\n"));
    project.put("cut.sdf", "a\n\n\n  2  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0\n");
    project.put("uneven.npz", std::fs::read(fixture("compressed.npz")).unwrap());
    let before = files(&project.path(""));
    for (format, name, words) in [
        ("csv", "none.csv", &["none.csv: no such file"][..]),
        ("csv", "*.tsv", &["no such file, directory or match"]),
        ("csv", "empty.csv", &["empty.csv: the file is empty"]),
        ("xyz", "bad.xyz", &["bad.xyz:3: there is no element `Qq`"]),
        ("npy", "cut.npy", &["cut.npy: byte 140"]),
        ("npy", "bad.xyz", &["bad.xyz: this is no NumPy array"]),
        ("idx", "cut-idx3-ubyte.gz", &["cut-idx3-ubyte.gz"]),
        ("npz", "cut.npz", &["cut.npz: the archive is cut off or corrupt"]),
        ("off", "cut.off", &["cut.off:3: the file is cut off"]),
        ("off", "huge.off", &["huge.off:3: the file is cut off"]),
        ("ply", "text.ply", &["text.ply:9: `y`: `a` is not a number"]),
        ("ply", "more.ply", &["more.ply:9: the file goes on"]),
        ("ply", "nan.ply", &["nan.ply:8: `y`: the value is NaN"]),
        ("ply", "head.ply", &["head.ply:2: `format asci 1.0` is not a line of a PLY header"]),
        ("ply", "more_binary.ply", &[&format!("more_binary.ply: byte {}: 1 bytes follow", end + 12)]),
        ("ply", "cut_binary.ply", &["cut_binary.ply: byte ", "the file is cut off"]),
        ("off", "more.off", &["more.off:5: the file goes on after its 2 points"]),
        ("off", "face.off", &["face.off:5: a face of 0 corners"]),
        ("extxyz", "nan.xyz", &["nan.xyz:2: `energy`: "]),
        ("csv", "quote.csv", &["quote.csv:2: the quote that opens here is never closed"]),
        ("sdf", "nan.sdf", &["nan.sdf:8: `e`: "]),
        ("sdf", "cut.sdf", &["cut.sdf:5"]),
    ] {
        import(&project, format, &[name.to_owned()], &[]).fails(3, words);
        assert!(files(&project.path("")) == before, "{name}: something was left behind");
    }
}

#[test]
fn impossible_requests_are_usage_errors() {
    let project = Project::with_pipeline("");
    project.put("a.csv", "x,y\n1,2\n");
    project.put("b.xyz", "1\n\nC 0 0 0\n");
    project.put("strange", "no format\n");
    let inputs = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let refused = |format: &str, names: &[&str], more: &[&str], words: &[&str]| {
        import(&project, format, &inputs(names), more).fails(2, words);
        assert!(!project.path("out.parquet").exists());
    };
    refused("cvs", &["a.csv"], &[], &["there is no format `cvs`", "did you mean `csv`?"]);
    refused("auto", &["a.csv", "b.xyz"], &[], &["is of format csv", "one format at a time"]);
    refused("auto", &["strange"], &[], &["strange: its format is not known"]);
    refused("csv", &["a.csv", "./a.csv"], &[], &["named twice"]);
    refused("csv", &["a.csv"], &["--unit", "z=eV"], &["there is no column `z`", "x, y"]);
    refused("csv", &["a.csv"], &["--unit", "eV"], &["give a column and its unit"]);
    refused("csv", &["a.csv"], &["--on-invalid", "maybe"], &["maybe"]);
    project.semola(&["import", "csv", "a.csv"]).fails(2, &["--out"]);
    project.semola(&["import", "csv", "a.csv", "--out", "no/such/o.parquet"]).fails(2, &["no such directory"]);
    project.semola(&["import", "csv", "a.csv", "--out", "a.csv"]).fails(2, &["both input and output"]);
    if cfg!(not(feature = "hdf5")) {
        let done = import(&project, "hdf5", &[fixture("small.h5")], &[]);
        done.fails(2, &["without the feature `hdf5`", "--features hdf5"]);
    }
}

#[test]
fn the_number_of_threads_does_not_change_the_file() {
    let project = Project::with_pipeline("");
    let rows: String = (0..200_000).map(|i| format!("{i},{},name {}\n", f64::from(i).sin(), i % 13)).collect();
    project.put("a.csv", format!("i,x,t\n{rows}"));
    let run = |threads: &str, out: &str| {
        let mut command = project.command(&["import", "csv", "a.csv", "--out", out]);
        Done::new(command.env("RAYON_NUM_THREADS", threads).output().unwrap()).succeeds();
        std::fs::read(project.path(out)).unwrap()
    };
    assert!(run("1", "one.parquet") == run("3", "three.parquet"));
    assert_eq!(read(&project.path("one.parquet")).num_rows(), 200_000);
}

#[cfg(feature = "hdf5")]
#[test]
fn hdf5_data_sets_become_columns() {
    golden("hdf5", &root().join("tests/import/fixtures"), 1);
    let project = Project::with_pipeline("");
    import(&project, "hdf5", &[fixture("uneven.h5")], &[]).fails(3, &["array `y`: 4 rows, but `x` has 3"]);
    project.put("cut.h5", &std::fs::read(fixture("small.h5")).unwrap()[..3000]);
    import(&project, "hdf5", &["cut.h5".to_owned()], &[]).fails(3, &["cut.h5: the file is cut off or damaged"]);
}

#[test]
fn what_an_import_makes_of_doubtful_text_is_said_on_stderr_and_in_json() {
    let project = Project::with_pipeline("");
    project.put("a.csv", "id,y\n02,1\n01,1.5.\n03,2\n");
    let done = import(&project, "csv", &["a.csv".to_owned()], &["--json"]);
    assert!(done.err.contains("column `y` is text: `1.5.` (a.csv:3)"), "{done:#?}");
    let report: Value = serde_json::from_str(&done.succeeds()).unwrap();
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2);
    assert_eq!(text(read(&project.path("out.parquet")).column(0), 1).unwrap(), "01");
    let inputs = ["f02.sdf".to_owned(), "f02.csv".to_owned()];
    let molecules: String = ["01", "02"].map(|title| MOLECULE.replacen('a', title, 1) + "$$$$\n").concat();
    project.put("f02.sdf", molecules);
    project.put("f02.csv", "id,gap\n02,0.2\n01,0.1\n");
    import(&project, "sdf", &inputs, &[]).succeeds();
    let gaps = read(&project.path("out.parquet")).column_by_name("gap").unwrap().clone();
    assert_eq!(gaps.as_primitive::<Float64Type>().values(), &[0.1, 0.2]);
    project.put("f02.csv", "id,gap\n02,0.2\n03,0.1\n");
    import(&project, "sdf", &inputs, &[]).fails(3, &["f02.sdf:1: f02.csv has no row for the molecule `01`"]);
    project.put("f02.csv", "gap\n0.2\n0.1\n");
    assert!(import(&project, "sdf", &inputs, &[]).err.contains("joined to them in order"));
}

#[test]
fn the_header_of_a_table_is_judged_or_stated() {
    let project = Project::with_pipeline("");
    project.put("a.csv", "5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n");
    let inputs = ["a.csv".to_owned()];
    import(&project, "csv", &inputs, &[]).fails(3, &["a.csv:1: the first line should name", "`5.1`", "--no-header"]);
    import(&project, "csv", &inputs, &["--no-header"]).succeeds();
    let batch = read(&project.path("out.parquet"));
    assert_eq!((batch.num_rows(), batch.schema().field(2).name().as_str()), (2, "column_2"));
    import(&project, "csv", &inputs, &["--header"]).succeeds();
    assert_eq!(read(&project.path("out.parquet")).num_rows(), 1);
    import(&project, "csv", &inputs, &["--header", "--no-header"]).fails(2, &["--header"]);
    let array = [fixture("bytes.npy")];
    import(&project, "npy", &array, &["--no-header"]).fails(2, &["are for CSV, but this is npy"]);
}

#[test]
fn files_of_other_kinds_are_named_and_pipes_do_not_block() {
    let project = Project::with_pipeline("");
    project.put("zip.csv", b"PK\x03\x04....");
    project.put("zstd.xyz", [0x28, 0xb5, 0x2f, 0xfd, 0, 0]);
    project.put("binary.off", b"OFF BINARY\n\0\0\0\x01\xff");
    project.put("colon.xyz", "1\nProperties=species:S:1:pos:R:3:mtt::q:R:1\nH 0 0 0 1\n");
    let pipe = std::process::Command::new("mkfifo").arg(project.path("pipe.csv")).status().unwrap();
    assert!(pipe.success());
    for (format, name, words) in [
        ("csv", "zip.csv", "zip.csv: it is a ZIP archive"),
        ("xyz", "zstd.xyz", "zstd.xyz: it is compressed by Zstandard"),
        ("off", "binary.off", "binary.off:1: binary OFF is not supported"),
        ("xyz", "colon.xyz", "colon.xyz:2: `Properties`: a name must not hold a colon, as in `mtt::q`"),
        ("csv", "pipe.csv", "pipe.csv: it is a pipe"),
        ("csv", "/dev/zero", "/dev/zero: it is a pipe, a device"),
    ] {
        import(&project, format, &[name.to_owned()], &[]).fails(3, &[words]);
    }
}

#[test]
fn a_signal_ends_an_import_wherever_it_is_and_leaves_nothing() {
    let project = Project::with_pipeline("");
    let row = format!("{}\n", (0..40).map(|i| format!("{}", f64::from(i).sin())).collect::<Vec<_>>().join(","));
    let names = (0..40).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
    project.put("a.csv", format!("{names}\n{}", row.repeat(60_000)));
    let before = files(&project.path(""));
    let mut stopped = 0;
    for milliseconds in [5, 60, 300] {
        let mut command = project.command(&["import", "csv", "a.csv", "--out", "out.parquet"]);
        command.env("RAYON_NUM_THREADS", "1").stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let child = command.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        crate::interrupted::signal(&child, "TERM");
        let sent = std::time::Instant::now();
        let done = child.wait_with_output().unwrap();
        assert!(sent.elapsed().as_secs() < 5, "it took {:?} to stop", sent.elapsed());
        // Before signals are caught, the first may end it.
        if done.status.code() == Some(1) {
            assert!(String::from_utf8_lossy(&done.stderr).contains("nothing was written"));
            stopped += 1;
        }
        assert!(done.status.success() || files(&project.path("")) == before);
    }
    assert!(stopped > 0, "every import was over before its signal");
}
