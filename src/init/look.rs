//! The likely role of a column.

use std::collections::BTreeSet;

use semola_document::hint;

use super::components::{stem, vectors};
use super::error::InitError;
use super::words::is_one_of;
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind, Profile};

/// Names of columns that identify a row.
const KEYS: &[&str] = &[
    "id",
    "ids",
    "idx",
    "index",
    "uid",
    "uuid",
    "key",
    "row",
    "file",
    "path",
    "filename",
    "smiles",
    "inchi",
    "formula",
    "split",
    "fold",
    "date",
    "timestamp",
    "time",
    "step",
    "frame",
    "run",
    "event",
    "lumi",
    "seed",
    "version",
    "__index_level_0__",
];

/// Names of columns whose equal values mark rows that belong together.
const GROUPS: &[&str] = &[
    "trajectory",
    "traj",
    "group",
    "molecule",
    "mol",
    "subject",
    "patient",
    "sequence",
    "episode",
    "simulation",
    "sim",
    "trial",
    "session",
    "scene",
    "run",
    "conformer_of",
];

/// Names that a target often has, likeliest first.
const TARGETS: &[&str] =
    &["target", "targets", "label", "labels", "class", "category", "y", "output", "outputs", "response", "digit"];

/// Words in the names of columns that hold what is to be found out, in full or in part: they are no inputs.
const TRUTHS: &[&str] = &[
    "truth",
    "true",
    "gt",
    "groundtruth",
    "gen",
    "generated",
    "target",
    "targets",
    "label",
    "labels",
    "pred",
    "predicted",
    "prediction",
    "predictions",
];

/// Names of what is calculated from the rest, likelier a target than other numbers.
const RESULTS: &[&str] =
    &["energy", "potential", "hamiltonian", "pressure", "yield", "loss", "score", "outcome", "result"];

/// Names of numbers that set a row up and that no rotation changes: inputs rather than targets.
const PARAMETERS: &[&str] = &[
    "mass",
    "masses",
    "m",
    "charge",
    "charges",
    "radius",
    "density",
    "temperature",
    "stiffness",
    "spring",
    "damping",
    "viscosity",
    "dt",
    "duration",
    "k",
    "g",
    "epsilon",
    "sigma",
];

/// Names of what says how a box repeats itself: never a target.
const BOXES: &[&str] = &["pbc", "cell", "lattice"];

/// Maximal number of classes of an integer column without an indicative name.
const FEW: usize = 20;

/// Maximal number of classes of a column named like a label.
const MANY: usize = 1000;

/// The columns of a data set, and the requested targets.
pub struct View<'a> {
    pub profile: &'a Profile,
    /// Columns that are to be targets; empty where that is left open.
    pub asked: Vec<&'a ColumnProfile>,
}

impl<'a> View<'a> {
    /// Looks up the targets.
    ///
    /// # Errors
    /// If there is no such column, or its kind cannot be predicted.
    pub fn new(profile: &'a Profile, targets: &[String]) -> Result<Self, InitError> {
        let mut asked: Vec<&ColumnProfile> = Vec::new();
        for name in targets {
            let found = profile.columns.iter().find(|c| c.name == *name).ok_or_else(|| {
                let names = profile.columns.iter().map(|c| c.name.as_str());
                InitError::target(name, format!("there is no such column{}", hint(name, names)))
            })?;
            if found.kind == Kind::Empty {
                let reason = "no sampled row has a value: nulls, NaN or empty lists only";
                return Err(InitError::target(name, reason));
            }
            if matches!(found.kind, Kind::Other | Kind::Twice) || (found.kind == Kind::Text && !is_label(found)) {
                return Err(InitError::target(name, format!("{} cannot be predicted", shown(found))));
            }
            if !asked.iter().any(|c| c.name == found.name) {
                asked.push(found);
            }
        }
        let labels = asked.iter().filter(|c| is_label(c) && c.kind != Kind::Integer).count();
        if labels > 0 && asked.len() > 1 {
            return Err(InitError::target(
                &targets[0],
                "class labels are the only target of a model; ask for one column",
            ));
        }
        Ok(Self { profile, asked })
    }

    /// Columns that may be inputs: not asked for as targets, and no keys.
    pub fn free(&self) -> impl Iterator<Item = &'a ColumnProfile> {
        let asked: BTreeSet<&str> = self.asked.iter().map(|c| c.name.as_str()).collect();
        self.profile.columns.iter().filter(move |c| !asked.contains(c.name.as_str()) && !is_key(c) && !is_group(c))
    }

    /// Columns that may be inputs, without those whose names say that they hold the truth.
    pub fn inputs(&self) -> impl Iterator<Item = &'a ColumnProfile> {
        self.free().filter(|c| !is_truth(c))
    }

    /// The columns to predict: those asked for, else the likeliest of the free ones that `fits`; a smaller rank is
    /// likelier. A component of a vector brings the others along.
    pub fn targets(&self, rank: impl Fn(&ColumnProfile) -> Option<usize>) -> Vec<&'a ColumnProfile> {
        if !self.asked.is_empty() {
            return self.asked.clone();
        }
        let ranked = self.free().filter_map(|c| Some((rank(c)?, c)));
        let Some((_, best)) = ranked.min_by_key(|(rank, _)| *rank) else { return Vec::new() };
        let fits: Vec<&ColumnProfile> =
            self.free().filter(|c| rank(c).is_some() && c.kind == Kind::Float && is_scalar(c)).collect();
        let whole = vectors(&fits).into_iter().find(|v| !stem(v).is_empty() && v.iter().any(|c| c.name == best.name));
        whole.unwrap_or_else(|| vec![best])
    }

    /// The column whose equal values mark rows that belong together.
    pub fn group(&self) -> Option<&'a ColumnProfile> {
        self.profile.columns.iter().find(|c| is_group(c) && !self.asked.iter().any(|a| a.name == c.name))
    }
}

/// The usual order among targets: indicative names, labels, results, other numbers, parameters; `None` for what cannot be
/// predicted, such as lists that differ in length, or says nothing, such as constants.
pub fn usual_rank(column: &ColumnProfile) -> Option<usize> {
    let numbers = column.kind.is_number() && matches!(&column.shape, RowShape::Fixed(axes) if axes.len() < 2);
    if !(is_label(column) || numbers) || is_one_of(&column.name, BOXES) || is_constant(column) {
        return None;
    }
    Some(match () {
        () if is_one_of(&column.name, TARGETS) => 0,
        () if is_label(column) => 1,
        () if is_one_of(&column.name, RESULTS) => 2,
        () if is_parameter(column) => 4,
        () => 3,
    })
}

/// Whether the name says that the number sets a row up, and that no rotation changes it: also `m1`, `mass_2`.
pub fn is_parameter(column: &ColumnProfile) -> bool {
    let name = column.name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    is_scalar(column) && column.kind != Kind::Text && is_one_of(name, PARAMETERS)
}

/// Whether all rows of the sample have one and the same value, so that nothing can be learned of it or from it.
pub fn is_constant(column: &ColumnProfile) -> bool {
    is_scalar(column) && column.sample.values.len() >= 8 && distinct(column) == 1
}

/// One number a row.
pub fn is_scalar(column: &ColumnProfile) -> bool {
    column.kind.is_number() && column.shape.width() == Some(1)
}

/// Whether the column identifies rows, or is uninformative.
pub fn is_key(column: &ColumnProfile) -> bool {
    match column.kind {
        Kind::Other | Kind::Empty | Kind::Twice => true,
        Kind::Text => !is_label(column) || is_one_of(&column.name, KEYS),
        _ => is_scalar(column) && (is_one_of(&column.name, KEYS) || is_counter(column)),
    }
}

/// Whether the values count the rows, such as the index that pandas writes: each is one more than the one before, but
/// where the sample leaps.
pub fn is_counter(column: &ColumnProfile) -> bool {
    let values = &column.sample.values;
    let steps = || values.iter().zip(values.iter().skip(1)).map(|(a, b)| b - a);
    let ones = steps().filter(|step| *step == 1.0).count();
    let whole = values.iter().all(|v| v.fract() == 0.0);
    is_scalar(column) && values.len() >= 8 && whole && steps().all(|s| s >= 1.0) && ones * 32 >= 31 * steps().count()
}

/// Whether the name says that the column holds what is to be found out.
pub fn is_truth(column: &ColumnProfile) -> bool {
    is_one_of(&column.name, TRUTHS)
}

/// Marks rows that belong together: a telling name, many values, each several times.
pub fn is_group(column: &ColumnProfile) -> bool {
    let several = || {
        let (rows, values) = (rows(column), distinct(column));
        values >= 5 && values * 2 <= rows
    };
    let whole = matches!(column.kind, Kind::Text) || (column.kind == Kind::Integer && is_scalar(column));
    whole && is_one_of(&column.name, GROUPS) && several()
}

/// Class labels.
pub fn is_label(column: &ColumnProfile) -> bool {
    let (rows, values) = (rows(column), distinct(column));
    let repeats = values > 1 && values * 2 <= rows;
    match column.kind {
        Kind::Text => repeats && values <= MANY && !is_one_of(&column.name, KEYS),
        Kind::Truth => is_scalar(column),
        Kind::Integer if is_scalar(column) => {
            column.classes.is_some()
                || (repeats && values <= MANY && is_one_of(&column.name, TARGETS))
                || (repeats && values * 4 <= rows && values <= FEW && !is_one_of(&column.name, KEYS))
        }
        Kind::Float if is_scalar(column) => false,
        _ => false,
    }
}

/// Rows in the sample of a column with one value per row.
pub fn rows(column: &ColumnProfile) -> usize {
    column.sample.values.len().max(column.sample.texts.len())
}

/// Different values in the sample.
pub fn distinct(column: &ColumnProfile) -> usize {
    let numbers: BTreeSet<u64> = column.sample.values.iter().map(|x| (x + 0.0).to_bits()).collect();
    let texts: BTreeSet<&String> = column.sample.texts.iter().flatten().collect();
    numbers.len() + texts.len()
}

/// Whether two columns have values at the same points: equally many in each row.
pub fn at_points_of(column: &ColumnProfile, points: &ColumnProfile) -> bool {
    match (&column.shape, &points.shape) {
        (RowShape::Ragged(_), RowShape::Ragged(_)) => column.sample.lengths == points.sample.lengths,
        (RowShape::Fixed(a), RowShape::Fixed(b)) => !a.is_empty() && a.first() == b.first(),
        _ => false,
    }
}

/// The shape of one point, where a row is several.
pub fn point(column: &ColumnProfile) -> Option<&[usize]> {
    match &column.shape {
        RowShape::Ragged(point) => Some(point),
        RowShape::Fixed(axes) => axes.split_first().map(|(_, point)| point),
    }
}

/// Maximal number of points of a row in the sample.
pub fn most_points(column: &ColumnProfile) -> usize {
    let fixed = match &column.shape {
        RowShape::Fixed(axes) => axes.first().copied(),
        RowShape::Ragged(_) => None,
    };
    fixed.or_else(|| column.sample.lengths.as_ref()?.iter().max().copied()).unwrap_or(0)
}

/// Type and shape in a few words.
pub fn shown(column: &ColumnProfile) -> String {
    let kind = match column.kind {
        Kind::Float => "float",
        Kind::Integer => "integer",
        Kind::Truth => "truth value",
        Kind::Text => "text",
        Kind::Picture => "picture",
        Kind::Other => "of a type without numbers",
        Kind::Empty => "without any value",
        Kind::Twice => "there more than once",
    };
    match &column.shape {
        shape if *shape == RowShape::Fixed(Vec::new()) => kind.to_owned(),
        shape => format!("{kind}, {shape}"),
    }
}
