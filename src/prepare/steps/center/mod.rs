//! `center`: subtracting a centre.

mod elements;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semola_data::{Dataset, Field, Transform};
use semola_document::OneOrMany;
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::call::place;
use crate::prepare::centroid::{centroids, weighted_means};
use crate::prepare::change::{change, checked_means};
use crate::prepare::form::Subject;
use crate::prepare::rules;
use crate::prepare::settings::{fitted_on, listed};
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};
use elements::standard_weight;

/// Subtract a centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Center {
    /// The fields to shift.
    pub fields: OneOrMany<String>,
    /// The data set that `mean` is computed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// `mean`: of the data set, one vector for all rows; `centroid`: of each row's own points or blocks; `mass`: of each
    /// row's own atoms.
    #[serde(default)]
    pub on: CenterOn,
    /// `mass` only: the field of atomic numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CenterOn {
    #[default]
    Mean,
    Centroid,
    Mass,
}

/// A fitted `center` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedCenter {
    /// The centre of each field: one k-vector for all blocks of a vector or point field, one number per component of a
    /// scalar field, one number per channel of an image.
    Mean { fit: String, centers: BTreeMap<String, Vec<f64>> },
    /// Each row's own mean over its blocks is subtracted.
    Centroid { fields: Vec<String> },
    /// Each row's own centre of mass is subtracted; `elements` holds the atomic numbers.
    Mass { fields: Vec<String>, elements: String },
}

impl PrepareStep for Center {
    type Fitted = FittedCenter;

    fn check(&self, at: &mut Checking) {
        if self.on == CenterOn::Mean {
            at.fitted_on(self.fit.as_deref());
            at.change(&self.fields, rules::numbers);
        } else {
            if self.fit.is_some() {
                at.error("fit", "`fit` has no meaning for a centre of each row; remove it");
            }
            at.change(&self.fields, rules::several_points);
        }
        match (self.on, &self.elements) {
            (CenterOn::Mass, Some(name)) => at.field("elements", name, rules::elements),
            (CenterOn::Mass, None) => {
                let help = "name the field of atomic numbers: `elements: FIELD`";
                at.error_help("on", "a centre of mass needs to know the atoms", help);
            }
            (CenterOn::Mean | CenterOn::Centroid, Some(_)) => {
                at.error("elements", "`elements` has a meaning with `on: mass` only; remove it");
            }
            (CenterOn::Mean | CenterOn::Centroid, None) => {}
        }
    }

    fn label(&self) -> String {
        let fields = listed(&self.fields);
        match self.on {
            CenterOn::Centroid => format!("center {fields} on each row's centroid"),
            CenterOn::Mass => format!("center {fields} on each row's centre of mass"),
            CenterOn::Mean => format!("center {fields} on the mean{}", fitted_on(self.fit.as_ref())),
        }
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // A shift of each row.
        before.most(|member| Some(member.for_rows(8 * 8)))
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<FittedCenter, PrepareError> {
        let fields = self.fields.as_slice();
        fitting.require(fields, rules::numbers)?;
        match self.on {
            CenterOn::Mean => fitting.require(fields, turns)?,
            CenterOn::Centroid | CenterOn::Mass => fitting.require(fields, has_centre)?,
        }
        match (self.on, &self.elements) {
            (CenterOn::Centroid, _) => Ok(FittedCenter::Centroid { fields: fields.to_vec() }),
            (CenterOn::Mass, Some(elements)) => {
                fitting.require(std::slice::from_ref(elements), rules::numbers)?;
                Ok(FittedCenter::Mass { fields: fields.to_vec(), elements: elements.clone() })
            }
            (CenterOn::Mass, None) => {
                Err(fitting.fail("`on: mass` needs the field of atomic numbers; name it with `elements`"))
            }
            (CenterOn::Mean, _) => {
                let (fit, data) = fitting.fit_on(self.fit.as_deref())?;
                let mut centers = BTreeMap::new();
                for name in fields {
                    let field = fitting.field(fit, data, name)?;
                    let center =
                        checked_means(field, period(field)).map_err(|reason| fitting.wrong(fit, name, reason))?;
                    centers.insert(name.clone(), center);
                }
                Ok(FittedCenter::Mean { fit: fit.to_string(), centers })
            }
        }
    }
}

fn turns(field: &Subject) -> Result<(), String> {
    match field.form.action {
        Action::Tensor { .. } => Err("a constant tensor does not turn with the others; leave it uncentred".into()),
        action if action.takes_determinant() => {
            Err("a constant does not turn with pseudoscalars or pseudovectors; leave them uncentred".into())
        }
        _ => Ok(()),
    }
}

fn has_centre(field: &Subject) -> Result<(), String> {
    turns(field)?;
    rules::centroid(field)
}

/// The period of the components. One number for all pixels of a channel: a mean image would not rotate with the images.
fn period(field: &Field) -> usize {
    match field.action {
        Action::Scalar => field.block(),
        Action::Pixels(image) => image.channels,
        action => action.block_len(),
    }
}

impl FittedStep for FittedCenter {
    const REACH: Reach = Reach::All;

    /// Subtracts the centres, which can be undone.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        match self {
            Self::Mean { centers, .. } => {
                let shifts = centers.iter().map(|(name, center)| (name, Transform::Shift(center.clone())));
                shifts.for_each(|(name, shift)| change(call, data, name, shift));
            }
            Self::Centroid { fields } => {
                for name in fields {
                    if let Some(field) = data.fields.get(name) {
                        let transform = centroids(call, name, field, data.rows);
                        change(call, data, name, transform);
                    }
                }
            }
            Self::Mass { fields, elements } => {
                for name in fields {
                    if data.fields.contains_key(name) {
                        let transform = centres_of_mass(call, name, elements, data)?;
                        change(call, data, name, transform);
                    }
                }
            }
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        match self {
            Self::Mean { centers, .. } => {
                Touches { changes: centers.keys().map(String::as_str).collect(), ..Touches::default() }
            }
            Self::Centroid { fields } => Touches { changes: names(fields), ..Touches::default() },
            Self::Mass { fields, elements } => {
                Touches { needs: vec![elements], changes: names(fields), ..Touches::default() }
            }
        }
    }
}

fn centres_of_mass(call: &Call, name: &str, elements: &str, data: &Dataset) -> Result<Transform, PrepareError> {
    let (field, numbers) = (call.field(data, name)?, call.field(data, elements)?);
    let block = field.action.block_len().max(1);
    let masses = |row: usize, masses: &mut Vec<f64>| {
        let (atoms, points) = (numbers.range(row), field.range(row).len() / block);
        if atoms.len() != points {
            let (atoms, place) = (atoms.len(), place(data, row));
            return Err(format!("{place} has {points} points, but `{elements}` has {atoms} values there"));
        }
        for z in atoms.map(|i| numbers.values.get(i)) {
            // 0 stands for an atom that is not there.
            let mass = if z == 0.0 { Some(0.0) } else { standard_weight(z) };
            masses.push(mass.ok_or_else(|| format!("{z} ({}) is not an atomic number", place(data, row)))?);
        }
        Ok(())
    };
    let shifts = weighted_means(call, name, field, data.rows, masses);
    Ok(Transform::PerRow { block, shifts: shifts.map_err(|reason| call.wrong(name, reason))? })
}
