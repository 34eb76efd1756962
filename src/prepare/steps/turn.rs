//! `turn`: each row moved by its own random group element.

use schemars::JsonSchema;
use semola_data::pieces::{Number, each_row};
use semola_data::{Dataset, Field, Values};
use semola_document::OneOrMany;
use semola_lie::acting::Acting;
use semola_lie::action::Action;
use semola_lie::motion::Motion;
use serde::{Deserialize, Serialize};

use crate::prepare::form::Subject;
use crate::prepare::settings::listed;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};
use semola_method::motion::Pose;
use semola_plan::FieldShape;

/// Move each row by a random group element of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The fields that are moved, all of a row by the same element.
    pub fields: OneOrMany<String>,
    /// How rows are moved.
    pub by: Pose,
}

impl PrepareStep for Turn {
    type Fitted = Self;

    /// Leaves no mark on the fields: other data sets need not be moved in the same way.
    fn check(&self, at: &mut Checking) {
        let mut fields: Vec<(String, FieldShape)> = Vec::new();
        for (below, name) in at.listed(&self.fields) {
            at.look(&below, name, acted_on);
            let known = at.shapes.members.iter().filter_map(|m| m.data.fields.get(name)?.clone());
            fields.extend(known.filter(|f| f.action != Action::Scalar).map(|f| (name.clone(), f)));
        }
        fields.dedup_by(|a, b| a.0 == b.0 && a.1.matches(&b.1));
        if fields.is_empty() {
            return;
        }
        let below = at.below(&format!("by.{}", self.by.name()));
        let failed = at.fails(|at| self.by.moves().check(at.context, &fields, &below));
        if failed {
            return;
        }
        let dim = fields.first().and_then(|(_, f)| f.action.dim());
        let listed = |name: &String| self.fields.as_slice().contains(name);
        let left = at.shapes.members.iter().flat_map(|m| &m.data.fields).find(|(name, field)| {
            !listed(name) && field.as_ref().is_some_and(|f| f.action.dim().is_some() && f.action.dim() == dim)
        });
        if let Some(name) = left.map(|(name, _)| name.clone()) {
            let message = format!("field '{name}' is not turned with the others");
            at.warn("fields", message, "list it too if it belongs to the same frame");
        }
    }

    fn label(&self) -> String {
        format!("turn each row of {} at random: {}", listed(&self.fields), self.by.moves().label())
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    fn fit(&self, _: &mut Fitting) -> Result<Self, PrepareError> {
        Ok(self.clone())
    }
}

fn acted_on(field: &Subject) -> Result<(), String> {
    match field.form.action {
        Action::Scalar => Err(format!("{field} is scalar: nothing turns it")),
        _ => Ok(()),
    }
}

impl FittedStep for Turn {
    const REACH: Reach = Reach::Stage;

    /// Moves the fields. Nothing is noted in the history: a moved row is as valid as one that was read. Translations
    /// (of groups that have them) are in prepared units of the first field of points.
    ///
    /// An error if a field is missing, scalar or of another dimension, or no group of that name acts on them.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let names = self.fields.as_slice();
        let mut dims = Vec::new();
        for name in names {
            let dim = call.field(data, name)?.action.dim();
            dims.push(dim.ok_or_else(|| call.wrong(name, "it is scalar: no group element acts on it"))?);
        }
        let (Some(first), Some(k)) = (names.first(), dims.first().copied()) else { return Ok(()) };
        if let Some((name, dim)) = names.iter().zip(&dims).find(|(_, dim)| **dim != k) {
            return Err(call.wrong(name, format!("it has dimension {dim}, but `{first}` has {k}")));
        }
        let motion = self.by.moves().on(k).map_err(|e| call.wrong(first, e.to_string()))?.motion;
        let points = |name: &&String| matches!(data.fields.get(*name).map(|f| f.action), Some(Action::Points { .. }));
        let unit = names.iter().find(points).map_or(1.0, |name| data.scaling(name));
        for name in names {
            let (rows, scale) = (data.rows, unit / data.scaling(name));
            if let Some(field) = data.fields.get_mut(name) {
                turn(call, name, field, rows, &Moving::new(call, &motion, field.action, scale))
                    .map_err(|reason| call.wrong(name, reason))?;
            }
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(self.fields.as_slice()), ..Touches::default() }
    }
}

fn turn(call: &Call, name: &str, field: &mut Field, rows: usize, moving: &Moving) -> Result<(), String> {
    let (block, offsets) = (field.block(), field.offsets.take());
    let start = |row: usize| block * offsets.as_ref().map_or(row, |o| o.get(row).copied().unwrap_or(0));
    let moved = call.ticking(rows, name, |ticks| match &mut field.values {
        Values::F32(values) => each_row(values, rows, start, ticks, |_| (), |(), row, values| moving.row(row, values)),
        Values::F64(values) => each_row(values, rows, start, ticks, |_| (), |(), row, values| moving.row(row, values)),
    });
    field.offsets = offsets;
    moved
}

/// The motion of one field.
struct Moving<'a> {
    call: &'a Call<'a>,
    motion: &'a Motion,
    action: Action,
    translation_scale: f64,
}

impl<'a> Moving<'a> {
    fn new(call: &'a Call<'a>, motion: &'a Motion, action: Action, scale: f64) -> Self {
        // The values of an image are not coordinates: its translations are in units of the image.
        let translation_scale = if matches!(action, Action::Pixels(_)) { 1.0 } else { scale };
        Self { call, motion, action, translation_scale }
    }

    fn row<T: Number>(&self, row: usize, values: &mut [T]) -> Result<(), String> {
        // The same stream for every field of the row.
        let g = self.motion.sample(&mut self.call.rng("", row as u64));
        let g: Vec<T> = g.transpose().iter().map(|x| T::narrow(*x)).collect();
        let acting = Acting::new(&g, self.action, T::narrow(self.translation_scale));
        acting.and_then(|mut acting| acting.apply(values)).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::tests::{plan, train, with};
    use crate::prepare::fixtures::{assert_close, clouds, failure, field, fixed, numbers, one, refused, row};
    use semola_lie::action::Image;

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            ("{turn: {fields: [z], by: {rotate: uniform}}}", "field 'z' is scalar: nothing turns it"),
            ("{turn: {fields: [cloud, flat], by: {rotate: uniform}}}", "'cloud' has dimension 3 and 'flat' has 2"),
            ("{turn: {fields: [cloud], by: {group: {group: so(9)}}}}", "there is no group 'so(9)' on R^3"),
            ("{turn: {fields: [jet], by: {boost: {rapidity: 1, time: 4}}}}", "there is no axis 4"),
            ("{turn: {fields: [jet], by: {rotate: {axes: [1, 1, 2]}}}}", "axis 1 is named twice"),
            (
                "{turn: {fields: [jet], by: {rotate: {plane: [1, 2], axes: [1, 2]}}}}",
                "give `plane` or `axes`, not both",
            ),
        ]);
    }

    #[test]
    fn a_row_is_turned_as_a_whole() {
        let whole = fixed(200, 4);
        let data = one("{turn: {fields: [p, f], by: {rotate: uniform}}}", whole.clone());
        let dots = |d: &Dataset, i: usize| {
            let (p, f) = (row(d, "p", i), row(d, "f", i));
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            p.iter().flat_map(|a| f.iter().chain(&p).map(|b| dot(a, b)).collect::<Vec<_>>()).collect::<Vec<f64>>()
        };
        let mut moved = 0.0;
        for i in 0..data.rows {
            assert_close(&dots(&data, i), &dots(&whole, i));
            moved += row(&data, "p", i)[0].iter().zip(&row(&whole, "p", i)[0]).map(|(a, b)| (a - b).abs()).sum::<f64>();
        }
        assert!(moved > 100.0);
        assert_eq!(numbers(&data, "z"), numbers(&whole, "z"));
        assert!(failure("{turn: {fields: [z], by: {rotate: uniform}}}", whole).contains("scalar"));
    }

    #[test]
    fn images_are_turned_about_their_centre() {
        let mut whole = clouds(5, 4);
        let pixels = Image { height: 9, width: 9, channels: 1, edge: false };
        let mut spot = vec![0.0; 81];
        spot[4 * 9 + 7] = 1.0;
        let f = Field {
            values: Values::F32(spot.repeat(5).iter().map(|x: &f64| *x as f32).collect()),
            ..field(Action::Pixels(pixels), &[9, 9], vec![])
        };
        whole.fields.insert("s".into(), f);
        let data = one("{turn: {fields: s, by: {rotate: uniform}}}", whole);
        for i in 0..5 {
            let image: Vec<f64> = data.fields["s"].range(i).map(|j| data.fields["s"].values.get(j)).collect();
            let total: f64 = image.iter().sum();
            let far =
                |(p, v): (usize, &f64)| v * (((p / 9) as f64 - 4.0).powi(2) + ((p % 9) as f64 - 4.0).powi(2)).sqrt();
            let radius = image.iter().enumerate().map(far).sum::<f64>() / total;
            assert!((radius - 3.0).abs() < 0.25 && (total - 1.0).abs() < 0.25, "{radius} {total}");
        }
    }

    #[test]
    fn turned_and_noisy_data_may_be_compared_with_data_as_it_is() {
        let text = with(&[
            "prepare: {from: train, steps: [{turn: {fields: [x, y], by: {rotate: uniform}}}, {jitter: {fields: x, size: 0.1}}]}",
            &train(""),
            "evaluate: {models: m, on: test}",
        ]);
        plan(&text).unwrap_or_else(|e| panic!("{e}"));
        let warned = plan(&text.replace("[x, y], by", "[x], by")).unwrap().warnings.to_string();
        assert!(warned.contains("field 'y' is not turned with the others"), "{warned}");
    }
}
