use serde_json::json;

use super::*;
use crate::member::{DataFile, Manifest, RunDir, Status};
use semola_data::table::{
    DirectionRow, EquivarianceRow, EvaluationRow, GeneratorRow, GroupRow, Identity, MetricRow, TableWriter,
};

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

fn tables(writer: &TableWriter, model: &str) {
    let model = model.to_owned();
    writer
        .write(&[GroupRow {
            model: model.clone(),
            rank: 1,
            name: "so(2)".into(),
            conjugacy: "standard".into(),
            side: 2,
            invariant_form: vec![1.0, 0.0, 0.0, 1.0],
            nearest: "so(2)".into(),
            angle: Some(0.002),
            verdict: "accepted".into(),
            notes: HOSTILE.into(),
            ..Default::default()
        }])
        .unwrap();
    let entry = |generator, row, col, value| GeneratorRow {
        model: model.clone(),
        generator,
        row,
        col,
        value,
        strength: 1.0,
        accepted: generator == 0,
    };
    let entries = [(0, 0), (0, 1), (1, 0), (1, 1)];
    let matrix = |generator| entries.map(|(row, col)| entry(generator, row, col, f64::from(col) - f64::from(row)));
    writer.write(&[matrix(0), matrix(1)].concat()).unwrap();
    let direction =
        DirectionRow { model: model.clone(), verdict: "refuted".into(), excess: Some(0.7), ..Default::default() };
    writer.write(&[DirectionRow { matrix: vec![0.0, -1.0, 1.0, 0.0], side: 2, ..direction }]).unwrap();
    let measured = |shift: &str, value| EvaluationRow {
        model: model.clone(),
        split: "test".into(),
        shift: shift.into(),
        metric: "mse".into(),
        value,
        ci_low: Some(value / 2.0),
        ci_high: Some(value * 2.0),
        n: 100,
    };
    writer.write(&[measured("none", 1e-6), measured("rotate uniform", 1e-2)]).unwrap();
    let point = |size| EquivarianceRow {
        model: model.clone(),
        split: "test".into(),
        group_source: "learned".into(),
        coefficient_size: size,
        relative_error: 0.1 * size,
    };
    writer.write(&[point(0.1), point(1.0), point(3.0)]).unwrap();
    let loss = |step: u32| MetricRow {
        stage: "discover".into(),
        model: model.clone(),
        epoch: 0,
        step: step.into(),
        split: "train".into(),
        metric: "loss".into(),
        value: 1.0 / f64::from(step + 1),
    };
    writer.write(&(0..50).map(loss).collect::<Vec<_>>()).unwrap();
}

fn member(out: &Path, model: &str) -> PathBuf {
    let mut run = RunDir::open(out, "m").unwrap();
    let files = vec![DataFile { path: HOSTILE.into(), hash: "00".into(), rows: 3 }];
    run.start(Manifest { name: HOSTILE.into(), files, pipeline: json!({"a": {"b": HOSTILE}}), ..Default::default() })
        .unwrap();
    tables(&run.tables(Identity::default()), model);
    run.finish(Status::Done, None).unwrap();
    run.path().to_owned()
}

#[test]
fn a_report_is_one_page_that_needs_nothing_and_trusts_nothing() {
    let out = tempfile::tempdir().unwrap();
    let member = member(out.path(), HOSTILE);
    let page = fs::read_to_string(write(&member).unwrap()).unwrap();
    assert!(page.contains("The target is invariant under rotations in the plane of the inputs (so(2), 1 generator)."));
    for heading in ["Generators", "Evidence", "In and out", "How equivariant", "Training", "Settings"] {
        assert!(page.contains(&format!("<h2>{heading}")), "{heading}");
    }
    // 1 form, 2 generators, 1 evaluation, 1 equivariance, 1 training.
    assert_eq!(page.matches("<svg").count(), 6);
    assert_eq!(page.matches("<script").count(), 0);
    for external in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(external), "{external}");
    }
    assert_eq!(fs::read_to_string(write(&member).unwrap()).unwrap(), page);
    assert!(!member.join(".report").exists());
}

#[test]
fn a_member_without_tables_has_a_report_and_a_directory_without_manifest_has_none() {
    let out = tempfile::tempdir().unwrap();
    let mut run = RunDir::open(out.path(), "m").unwrap();
    run.start(Manifest::default()).unwrap();
    run.finish(Status::Failed, Some("column `x` is missing".into())).unwrap();
    let page = fs::read_to_string(write(run.path()).unwrap()).unwrap();
    assert!(page.contains("column `x` is missing") && !page.contains("<h2>Generators"));
    assert!(matches!(write(out.path()), Err(ReportError::Nothing { .. })));
    fs::create_dir(run.path().join("tables")).unwrap();
    fs::write(run.path().join("tables/groups.parquet"), "torn").unwrap();
    assert!(matches!(write(run.path()), Err(ReportError::Table(_))));
}
