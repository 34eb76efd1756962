use serde_json::json;

use super::*;
use crate::member::{DataFile, Manifest, RunDir, Status};
use semola_data::table::{
    DirectionRow, EquivarianceRow, EvaluationRow, ExtentRow, GeneratorRow, GroupRow, Identity, MetricRow, OrbitRow,
    PredictionRow, TableWriter,
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
    let extent = |size| ExtentRow {
        model: model.clone(),
        size,
        effect: Some(0.5),
        effect_low: Some(0.4),
        effect_high: Some(0.6),
        ..Default::default()
    };
    writer.write(&[0.1, 1.0, 3.0].map(extent)).unwrap();
    measured(writer, &model);
}

/// What the models gave on data.
fn measured(writer: &TableWriter, model: &str) {
    let model = model.to_owned();
    let orbit = |(at, component): (u32, u32)| OrbitRow {
        model: model.clone(),
        size: f64::from(at) / 10.0,
        field: HOSTILE.into(),
        component,
        block: 2,
        value: f64::from(at + component),
        ..Default::default()
    };
    let places = (0..25).flat_map(|at| (0..2).map(move |component| (at, component)));
    writer.write(&places.map(orbit).collect::<Vec<_>>()).unwrap();
    let predicted = |at: u32| PredictionRow {
        model: model.clone(),
        split: "test".into(),
        shift: "none".into(),
        row_id: at.into(),
        field: "y".into(),
        predicted: f64::from(at) + 0.1,
        target: f64::from(at),
        ..Default::default()
    };
    writer.write(&(0..1000).map(predicted).collect::<Vec<_>>()).unwrap();
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
    let headings =
        ["What the generators do", "How far", "What it gains", "Predicted", "How equivariant", "Evidence", "Figures"];
    for heading in headings.into_iter().chain(["Training", "Words", "Settings"]) {
        assert!(page.contains(&format!("<h2>{heading}")), "{heading}");
    }
    // 1 flow, 1 orbit, 1 extent, 1 evaluation, 1 scatter, 1 equivariance, 1 form, 2 matrices, 1 training.
    assert_eq!(page.matches("<svg").count(), 10);
    assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\" aria-label=\"").count());
    assert!(page.len() < 300_000, "{}", page.len());
    assert!(page.find("<h1>").unwrap() < page.find("<h2>").unwrap(), "the sentence comes first");
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
    assert!(page.contains("column `x` is missing") && !page.contains("Matrices of the generators"));
    assert!(matches!(write(out.path()), Err(ReportError::Nothing { .. })));
    fs::create_dir(run.path().join("tables")).unwrap();
    fs::write(run.path().join("tables/groups.parquet"), "torn").unwrap();
    assert!(matches!(write(run.path()), Err(ReportError::Table(_))));
}

#[test]
fn a_run_has_one_page_about_all_its_members() {
    let out = tempfile::tempdir().unwrap();
    let members: Vec<PathBuf> = ["a", "b"].map(|_| member(out.path(), HOSTILE)).to_vec();
    let page = fs::read_to_string(write_together(out.path(), &members).unwrap()).unwrap();
    let sentence = "The target is invariant under rotations in the plane of the inputs (so(2), 1 generator).";
    assert!(page.contains(&format!("<h1>{sentence} <span class=\"light\">(2 of 2 members)</span></h1>")), "{page}");
    assert_eq!((page.matches("<script").count(), page.matches("http").count()), (0, 0));
    assert!(page.len() < 300_000 && page.contains("alert(1)"));
    assert!(matches!(write_together(out.path(), &[out.path().to_owned()]), Err(ReportError::Nothing { .. })));
}

/// Relative luminance of a colour `#rrggbb` (WCAG 2).
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn every_text_can_be_read_in_every_scheme() {
    let schemes: Vec<&str> = STYLE.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(schemes.len(), 3, "light, dark, print");
    for scheme in schemes {
        let colour = |name: &str| scheme.split(&format!("--{name}: ")).nth(1).unwrap().split(';').next().unwrap();
        for text in ["ink", "soft", "good", "bad", "open", "plain", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"] {
            for ground in ["page", "card"] {
                let (a, b) = (luminance(colour(text)), luminance(colour(ground)));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2} in {scheme}");
            }
        }
    }
}
