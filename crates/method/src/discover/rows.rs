//! Rows of tables from a conclusion.

use nalgebra::DMatrix;

use super::audit::neighbour_test::Measurement;
use super::conclusion::{Direction, Discovered};
use super::verdict::Verdict;
use semola_data::table::{
    DirectionRow, ElementRow, ExtentRow, FiniteRow, GeneratorRow, GroupRow, Matrix, MatrixRow, Tables,
};
use semola_lie::identify::{Conjugacy, Identification, UNNAMED};
use semola_lie::row_major;

/// What discovery adds to the tables, for one model.
#[derive(Debug, Default)]
pub struct Rows {
    pub groups: Vec<GroupRow>,
    pub generators: Vec<GeneratorRow>,
    pub matrices: Vec<MatrixRow>,
    pub directions: Vec<DirectionRow>,
    pub extents: Vec<ExtentRow>,
    pub finite: Vec<FiniteRow>,
    pub elements: Vec<ElementRow>,
}

impl Rows {
    /// Adds a generator, as entries and as a matrix.
    pub fn add_generator(&mut self, model: &str, l: &DMatrix<f64>, strength: f64, accepted: bool) {
        let index = self.matrices.iter().filter(|m| m.kind == GENERATOR).count();
        let entry = |(row, col): (usize, usize)| GeneratorRow {
            model: model.to_owned(),
            generator: index as u32,
            row: row as u32,
            col: col as u32,
            value: l[(row, col)],
            strength,
            accepted,
        };
        let places = (0..l.nrows()).flat_map(|row| (0..l.ncols()).map(move |col| (row, col)));
        self.generators.extend(places.map(entry));
        self.matrices.push(matrix(model, GENERATOR, index, l));
    }

    /// Adds all of it to the tables of a member.
    pub fn add_to(self, tables: &mut Tables) {
        tables.groups.extend(self.groups);
        tables.generators.extend(self.generators);
        tables.matrices.extend(self.matrices);
        tables.directions.extend(self.directions);
        tables.extents.extend(self.extents);
        tables.finite.extend(self.finite);
        tables.elements.extend(self.elements);
    }

    /// Generators proposed by a method without a test, with strengths: none is accepted.
    pub fn untested<'a>(model: &str, generators: impl IntoIterator<Item = (&'a DMatrix<f64>, f64)>) -> Self {
        let mut rows = Self::default();
        for (l, strength) in generators {
            rows.add_generator(model, l, strength, false);
        }
        rows
    }
}

const GENERATOR: &str = "generator";

impl Discovered {
    /// Its rows in the tables.
    pub fn rows(&self, model: &str) -> Rows {
        let mut rows = Rows { groups: vec![self.group_row(model)], ..Rows::default() };
        let (c, accepted) = (&self.conclusion, self.conclusion.accepted_basis());
        for (l, &strength) in accepted.iter().zip(&c.strengths) {
            rows.add_generator(model, l, strength, true);
        }
        for rest in &c.rest {
            rows.add_generator(model, &rest.matrix, rest.strength, false);
        }
        let id = &c.identification;
        if let (Conjugacy::Conjugated { change_of_basis }, true) = (&id.conjugacy, c.is_accepted()) {
            rows.matrices.push(matrix(model, "change_of_basis", 0, change_of_basis));
        }
        if let Some((form, _)) = id.invariant_form.as_ref().filter(|_| c.is_accepted()) {
            rows.matrices.push(matrix(model, "invariant_form", 0, form));
        }
        for (i, direction) in c.directions.iter().enumerate() {
            rows.directions.push(direction_row(model, i, direction));
            rows.extents.extend(direction.judged.extents.0.iter().map(|(size, m)| extent_row(model, i, *size, m)));
            rows.matrices.push(matrix(model, "direction", i, &direction.matrix));
        }
        let null = c.null.iter().enumerate().map(|(i, l)| without_effect(model, c.directions.len() + i, l));
        rows.directions.extend(null);
        rows
    }

    fn group_row(&self, model: &str) -> GroupRow {
        let c = &self.conclusion;
        let found = c.is_accepted().then_some(&c.identification);
        let accepted = c.directions.iter().filter(|d| d.judged.verdict == Verdict::Accepted);
        GroupRow {
            model: model.to_owned(),
            side: c.directions.first().map_or(0, |d| d.matrix.nrows() as u32),
            excess: accepted.map(|d| d.judged.measured.excess.value).reduce(f64::max),
            p_value: c.p_value,
            direction_excess: c.directions.iter().map(|d| d.judged.measured.excess.value).collect(),
            direction_p_value: c.directions.iter().map(|d| d.judged.p_value).collect(),
            direction_verdict: c.directions.iter().map(|d| d.judged.verdict.to_string()).collect(),
            random_excess: Some(c.random_excess),
            skill: Some(c.skill),
            verdict: c.verdict.to_string(),
            notes: self.notes.join("; "),
            resolution: Some(c.resolution),
            extent: c.extent,
            breaking: c.breaking.as_ref().map(|b| b.share),
            breaking_bound: c.breaking.as_ref().map(|b| b.bound),
            breaking_z: c.breaking.as_ref().map(|b| b.z),
            breaking_seen: c.breaking.as_ref().map(|b| b.seen),
            moved_inside: c.breaking.as_ref().map(|b| b.accepted),
            tested: if c.is_accepted() || c.breaking.is_none() { String::new() } else { precise(&c.identification) },
            ..found.map_or_else(nothing, identified)
        }
    }
}

/// The columns of `groups` if nothing was accepted.
fn nothing() -> GroupRow {
    GroupRow { name: "none".to_owned(), ..GroupRow::default() }
}

/// The name of an algebra, with its coordinates if it is a standard one.
fn precise(id: &Identification) -> String {
    let standard = id.snapped.is_some() && id.conjugacy == Conjugacy::Standard;
    if standard { id.nearest.clone() } else { id.name.clone() }
}

/// The columns of `groups` that say what the accepted algebra is.
fn identified(id: &Identification) -> GroupRow {
    let (basis, conjugacy) = match &id.conjugacy {
        _ if id.name == UNNAMED => (None, ""),
        Conjugacy::Standard => (None, "standard"),
        Conjugacy::Conjugated { change_of_basis } => (Some(change_of_basis), "conjugated"),
    };
    let (form, snapped) = (id.invariant_form.as_ref(), id.snapped.is_some());
    GroupRow {
        rank: id.rank as u32,
        name: id.name.clone(),
        conjugacy: conjugacy.to_owned(),
        change_of_basis: basis.map(|m| row_major(m).collect()).unwrap_or_default(),
        form_signature: form.map(|(_, (p, q, _))| format!("({p},{q})")).unwrap_or_default(),
        invariant_form: form.map(|(m, _)| row_major(m).collect()).unwrap_or_default(),
        snapped,
        snapped_to: if snapped { id.name.clone() } else { String::new() },
        ..compared(id)
    }
}

/// The columns of `groups` that compare a span with the nearest standard algebra.
pub fn compared(id: &Identification) -> GroupRow {
    GroupRow {
        closure_residual: Some(id.closure_residual),
        nearest: id.nearest.clone(),
        angle: Some(id.angle),
        leakage: Some(id.leakage),
        coverage: Some(id.coverage),
        ..GroupRow::default()
    }
}

fn direction_row(model: &str, index: usize, direction: &Direction) -> DirectionRow {
    let (d, m, l) = (&direction.judged, &direction.judged.measured, &direction.matrix);
    DirectionRow {
        model: model.to_owned(),
        direction: index as u32,
        source: if d.trained { "training" } else { "audit" }.to_owned(),
        verdict: d.verdict.to_string(),
        strength: Some(direction.strength),
        effect: Some(m.effect.value),
        effect_low: Some(m.effect.low),
        effect_high: Some(m.effect.high),
        excess: Some(m.excess.value),
        excess_low: Some(m.excess.low),
        excess_high: Some(m.excess.high),
        p_value: Some(d.p_value),
        p_adjusted: Some(d.p_adjusted),
        extent: (d.verdict == Verdict::Accepted && !d.extents.0.is_empty()).then(|| d.extents.extent()),
        support: Some(m.support.value),
        support_low: Some(m.support.low),
        support_high: Some(m.support.high),
        inside: Some(m.inside),
        matrix: row_major(l).collect(),
        side: l.nrows() as u32,
        breaking_z: d.against.map(|a| a.z),
        breaking_least: d.against.map(|a| a.least),
    }
}

/// A direction that does not move the data.
fn without_effect(model: &str, index: usize, l: &DMatrix<f64>) -> DirectionRow {
    DirectionRow {
        model: model.to_owned(),
        direction: index as u32,
        source: "support".to_owned(),
        verdict: Verdict::NoEffect.to_string(),
        matrix: row_major(l).collect(),
        side: l.nrows() as u32,
        ..DirectionRow::default()
    }
}

fn extent_row(model: &str, direction: usize, size: f64, m: &Measurement) -> ExtentRow {
    ExtentRow {
        model: model.to_owned(),
        direction: direction as u32,
        size,
        effect: Some(m.effect.value),
        effect_low: Some(m.effect.low),
        effect_high: Some(m.effect.high),
        excess: Some(m.excess.value),
        excess_low: Some(m.excess.low),
        excess_high: Some(m.excess.high),
        inside: Some(m.inside),
    }
}

pub(super) fn matrix(model: &str, kind: &str, index: usize, m: &DMatrix<f64>) -> MatrixRow {
    MatrixRow {
        model: model.to_owned(),
        kind: kind.to_owned(),
        index: index as u32,
        matrix: Matrix(row_major(m).collect()),
        shape: [m.nrows() as i64, m.ncols() as i64],
    }
}
