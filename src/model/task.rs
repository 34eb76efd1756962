//! From a data set and the settings of a `train` stage to a problem, and from its outputs back to physical units.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use semola_data::{DataError, Dataset, Field, relabel};
use semola_engine::ops::loss::Loss;
use semola_engine::{Form, Layout};
use semola_lie::action::Action;
use semola_method::fit::Problem;

/// What a model was trained on, in a form that applies to other data sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub inputs: Vec<String>,
    pub targets: Vec<String>,
    /// The k of GL(k); 1 if every field is a scalar.
    pub linear: usize,
    /// Whether the model's own group has translations.
    pub affine: bool,
    pub loss: Loss,
    pub residual: bool,
    /// Unit of the change that a residual network predicts, once it is known.
    pub change_scale: Option<f32>,
    /// Class names of the target.
    pub classes: Option<Vec<String>>,
    /// Product of the scalings of the first points field: the unit of translations.
    pub unit: f64,
    /// Maximal number of points of a row, for networks on points.
    pub points: Option<usize>,
    /// Whether rows differ in their number of points.
    pub ragged: bool,
    /// Fields whose rows did so in training. In other data all rows may happen to have the same number.
    #[serde(default)]
    pub ragged_fields: Vec<String>,
}

/// Rows of a data set as a model sees them.
pub struct View {
    pub problem: Problem,
    /// Targets in prepared coordinates before any change or one-hot coding, and their width.
    pub plain_targets: Vec<f32>,
    pub target_width: usize,
}

impl Task {
    /// The view of a data set for this task, with its labels numbered as in training.
    ///
    /// # Errors
    /// Missing fields, ragged rows, classes out of range.
    pub fn view(&self, data: &Dataset) -> Result<View, DataError> {
        let (x, x_layout) = self.input_rows(data)?;
        let mut targets = self.columns(data, &self.targets)?;
        let plain_targets = join(&targets, data.rows);
        let target_width = targets.iter().map(|t| t.width).sum();
        if let (Loss::CrossEntropy, Some(classes)) = (self.loss, &self.classes) {
            let values = one_hot(&plain_targets, classes.len());
            targets = vec![Column { form: Form::classes(classes.len()), width: classes.len(), values }];
        }
        let (y, y_layout) = (join(&targets, data.rows), self.arrange(&targets));
        let mut problem = Problem::new((x, x_layout), (y, y_layout), data.groups.clone(), self.loss);
        if self.residual {
            problem = problem.into_residual(self.change_scale);
        }
        Ok(View { problem, plain_targets, target_width })
    }

    /// The inputs of a data set, whether it has targets or not, row after row.
    ///
    /// # Errors
    /// Missing fields, ragged rows.
    pub fn input_rows(&self, data: &Dataset) -> Result<(Vec<f32>, Layout), DataError> {
        let mut inputs = self.columns(data, &self.inputs)?;
        let mut layout = self.arrange(&inputs);
        if let Some(counts) = self.counts(data)? {
            layout = layout.with_count();
            let values = counts.into_iter().map(|n| n as f32).collect();
            inputs.push(Column { form: Form::number(), width: 1, values });
        }
        Ok((join(&inputs, data.rows), layout))
    }

    fn columns(&self, data: &Dataset, names: &[String]) -> Result<Vec<Column>, DataError> {
        names.iter().map(|name| self.column(data, name)).collect()
    }

    fn arrange(&self, columns: &[Column]) -> Layout {
        let side = (self.linear + usize::from(self.affine), self.linear);
        let forms: Vec<Form> = columns.iter().map(|c| c.form.clone()).collect();
        Layout::arrange(side, &forms, self.points)
    }

    /// The number of points of each row, if rows differ; all ragged fields of the data must agree, and so must points
    /// with a fixed number per row.
    pub fn counts(&self, data: &Dataset) -> Result<Option<Vec<usize>>, DataError> {
        if !self.ragged || self.points.is_none() {
            return Ok(None);
        }
        let mut counts: Option<(&str, Vec<usize>)> = None;
        for name in self.inputs.iter().chain(&self.targets) {
            let Some(own) = data.fields.get(name).and_then(|field| points_of(field, data.rows)) else { continue };
            match &counts {
                None => counts = Some((name, own)),
                Some((first, counts)) => {
                    if let Some(row) = (0..data.rows).find(|&i| own.get(i) != counts.get(i)) {
                        let (n, m) = (own.get(row).unwrap_or(&0), counts.get(row).unwrap_or(&0));
                        let place = data.place(row);
                        let reason = format!("{n} points, but '{first}' has {m} there; correct the data");
                        return Err(DataError::Row { place, field: name.clone(), reason });
                    }
                }
            }
        }
        Ok(counts.map(|c| c.1))
    }
}

impl Task {
    /// How a group acts on the plain targets (before any change or one-hot coding).
    pub fn plain_layout(&self, data: &Dataset) -> Result<Layout, DataError> {
        let forms = self.targets.iter().map(|name| self.form(data, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(Layout::arrange((self.linear, self.linear), &forms, self.points))
    }

    /// Values of a field in a row of the problem.
    ///
    /// # Errors
    /// An unknown field; ragged rows where the network needs fixed ones.
    pub fn width(&self, data: &Dataset, name: &str) -> Result<usize, DataError> {
        match self.points {
            Some(most) => Ok(form(data.field(name)?, 1.0).width(most)),
            None => data.width(name),
        }
    }

    /// Where an input field starts in the input row.
    pub fn column_of(&self, data: &Dataset, field: &str) -> Result<usize, DataError> {
        let mut start = 0;
        for name in &self.inputs {
            if name == field {
                return Ok(start);
            }
            start += self.width(data, name)?;
        }
        let inputs = self.inputs.join(", ");
        Err(DataError::Field { field: field.to_owned(), reason: format!("it is not an input of the model ({inputs})") })
    }
}

/// One field's values, of equal width in every row, with the action of a group on them.
struct Column {
    form: Form,
    width: usize,
    values: Vec<f32>,
}

impl Task {
    fn form(&self, data: &Dataset, name: &str) -> Result<Form, DataError> {
        let field = data.field(name)?;
        // The values of an image are not coordinates: its translations are in units of the image.
        let scale = if matches!(field.action, Action::Pixels(_)) { 1.0 } else { self.unit / data.scaling(name) };
        Ok(form(field, scale as f32))
    }

    fn column(&self, data: &Dataset, name: &str) -> Result<Column, DataError> {
        let (form, width) = (self.form(data, name)?, self.width(data, name)?);
        let field = data.field(name)?;
        if field.offsets.is_none() {
            return Ok(Column { form, width, values: data.dense_f32(name)? });
        }
        let all = field.values.to_f32();
        let mut values = vec![0.0; data.rows * width];
        for (i, row) in values.chunks_exact_mut(width.max(1)).enumerate() {
            let own = &all[field.range(i)];
            let Some(room) = row.get_mut(..own.len()) else {
                let most = self.points.unwrap_or(0);
                let reason = format!("more points than any row of the data that it was trained beside ({most})");
                return Err(DataError::Row { place: data.place(i), field: name.to_owned(), reason });
            };
            room.copy_from_slice(own);
        }
        Ok(Column { form, width, values })
    }

    /// Names of the classes, if the outputs are one value per class.
    pub fn class_names(&self) -> Option<&[String]> {
        self.classes.as_deref().filter(|_| self.loss == Loss::CrossEntropy)
    }

    /// The data set with its labels numbered as in training, with a varying number of points if it varied in training, and
    /// without rows that networks cannot compute with.
    ///
    /// # Errors
    /// A label unseen in training, or a number too large for 32 bits, unless such rows are to be dropped.
    pub fn adapted<'d>(&self, data: &'d Dataset) -> Result<Cow<'d, Dataset>, DataError> {
        let fields: Vec<String> = self.inputs.iter().chain(&self.targets).cloned().collect();
        match data.in_single_precision(&fields)? {
            Cow::Borrowed(data) => self.formed(data),
            Cow::Owned(own) => Ok(Cow::Owned(self.formed(&own)?.into_owned())),
        }
    }

    fn formed<'d>(&self, data: &'d Dataset) -> Result<Cow<'d, Dataset>, DataError> {
        let is_even = |name: &&String| data.fields.get(*name).is_some_and(|f| f.offsets.is_none());
        let even: Vec<&String> = self.ragged_fields.iter().filter(is_even).collect();
        if even.is_empty() {
            return self.relabelled(data);
        }
        let mut own = data.clone();
        for name in even {
            if let Some(field) = own.fields.remove(name) {
                own.fields.insert(name.clone(), field.as_ragged());
            }
        }
        Ok(Cow::Owned(self.relabelled(&own)?.into_owned()))
    }

    fn relabelled<'d>(&self, data: &'d Dataset) -> Result<Cow<'d, Dataset>, DataError> {
        let (Some(classes), [target]) = (&self.classes, self.targets.as_slice()) else {
            return Ok(Cow::Borrowed(data));
        };
        if data.field(target)?.classes.as_ref() == Some(classes) {
            return Ok(Cow::Borrowed(data));
        }
        let mut own = data.clone();
        let column = data.columns.get(target).unwrap_or(target);
        relabel(&mut own, target, column, classes, data.on_invalid)?;
        Ok(Cow::Owned(own))
    }
}

pub fn form(field: &Field, translation_scale: f32) -> Form {
    Form { action: field.action, axes: field.shape.clone(), ragged: field.offsets.is_some(), translation_scale }
}

/// The number of points of each row of a field, if its own shape determines it.
fn points_of(field: &Field, rows: usize) -> Option<Vec<usize>> {
    match (&field.offsets, field.action, field.shape.as_slice()) {
        (Some(offsets), ..) => Some(offsets.windows(2).map(|w| w[1] - w[0]).collect()),
        (None, Action::Points { .. }, [points, _]) => Some(vec![*points; rows]),
        _ => None,
    }
}

/// The largest number of points in a row of a ragged field.
pub fn most_points(field: &Field) -> usize {
    field.offsets.iter().flat_map(|o| o.windows(2)).map(|w| w[1] - w[0]).max().unwrap_or(0)
}

fn join(parts: &[Column], rows: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for i in 0..rows {
        for c in parts {
            out.extend_from_slice(&c.values[i * c.width..(i + 1) * c.width]);
        }
    }
    out
}

fn one_hot(labels: &[f32], classes: usize) -> Vec<f32> {
    let mut out = vec![0.0; labels.len() * classes];
    for (i, &label) in labels.iter().enumerate() {
        if let Some(cell) = out.get_mut(i * classes + label as usize).filter(|_| (label as usize) < classes) {
            *cell = 1.0;
        }
    }
    out
}
