//! The generators: their matrices, what they do to the plane, and to examples of the data.

use minijinja::{Value, context};
use semola_data::table::{GeneratorRow, OrbitRow};

use super::charts::{grouped, safe};
use super::flow::Flow;
use super::heatmap::heatmap;
use super::load::Results;
use super::orbit::orbits;
use super::words::number;
use crate::finding::{Field, Kind, Setting, Unit, unit};
use crate::words::number::short;

/// Generators of which pictures are shown; the matrices of the others are.
const SHOWN: usize = 6;
const AXES: [&str; 3] = ["x", "y", "z"];

/// The matrices of each model, drawn to one scale.
pub(super) fn generators(rows: &[GeneratorRow]) -> Value {
    let by_model = grouped(rows, |row| row.model.clone());
    let model = |(model, rows): (String, Vec<&GeneratorRow>)| {
        let scale = rows.iter().map(|row| row.value.abs()).fold(0.0, f64::max);
        let matrices = grouped(&rows, |row| row.generator);
        context! { model => model, matrices => matrices.iter().map(|(_, rows)| generator(rows, scale)).collect::<Value>() }
    };
    by_model.into_iter().map(model).collect()
}

fn generator(entries: &[&&GeneratorRow], scale: f64) -> Value {
    let drawing = matrix(entries).map_or_else(String::new, |(rows, columns, m)| heatmap(rows, columns, &m, scale));
    let first = entries.first();
    context! {
        number => first.map(|entry| entry.generator).unwrap_or_default(),
        strength => number(first.map(|entry| entry.strength)),
        accepted => first.is_some_and(|entry| entry.accepted),
        drawing => safe(drawing),
    }
}

/// Rows, columns and values. A table from elsewhere may hold a few entries with huge positions: a page has no room for such a matrix.
fn matrix(entries: &[&&GeneratorRow]) -> Option<(usize, usize, Vec<f64>)> {
    let rows = entries.iter().map(|entry| entry.row as usize + 1).max().unwrap_or_default();
    let columns = entries.iter().map(|entry| entry.col as usize + 1).max().unwrap_or_default();
    (rows.saturating_mul(columns) <= entries.len()).then(|| {
        let mut matrix = vec![0.0; rows * columns];
        entries.iter().for_each(|entry| {
            if let Some(value) = matrix.get_mut(entry.row as usize * columns + entry.col as usize) {
                *value = entry.value;
            }
        });
        (rows, columns, matrix)
    })
}

/// Pictures of the accepted generators.
pub(super) fn flows(results: &Results, setting: Setting<'_>) -> Value {
    let accepted: Vec<&GeneratorRow> = results.generators.iter().filter(|row| row.accepted).collect();
    let all = grouped(&accepted, |row| (row.model.clone(), row.generator));
    let picture = |((model, number), entries): ((String, u32), Vec<&&GeneratorRow>)| {
        let (side, columns, matrix) = matrix(&entries)?;
        let k = side.saturating_sub(usize::from(setting.is_affine(&model)));
        let fields = setting.inputs(&model);
        let flow = Flow { matrix: &matrix, side, k };
        let planes = flow.planes();
        if side != columns || planes.is_empty() {
            return None;
        }
        let labels = labels(&fields, k);
        let views = planes.iter().map(|&(i, j)| {
            let title = format!("flow in the plane of {} and {}", labels[i], labels[j]);
            context! { title => title, drawing => safe(flow.draw((i, j), (&labels[i], &labels[j]))) }
        });
        let views: Value = views.collect();
        let name = results.groups.iter().find(|group| group.model == model).map_or("", |group| group.name.as_str());
        let own: Vec<&OrbitRow> =
            results.orbits.iter().filter(|row| row.model == model && row.generator == number).collect();
        let is_image = |name: &str| fields.iter().any(|field| field.name == name && field.kind == Kind::Pixels);
        let moved = orbits(&own, planes[0], &is_image, &|size| shown(size, name));
        let examples = moved.into_iter().map(|shown| {
            context! { title => format!("`{}` of the data, moved along it", shown.field), drawing => safe(shown.drawing) }
        });
        let title = format!("{model}: generator {}", number + 1);
        Some(context! { title => title, views => views, examples => examples.collect::<Value>() })
    };
    all.into_iter().take(SHOWN).filter_map(picture).collect()
}

/// A size of the coefficient under a picture.
fn shown(size: f64, name: &str) -> String {
    let unit = unit(name);
    match unit {
        Unit::Angle => format!("{}°", short(size.to_degrees(), 3)),
        Unit::Factor => format!("×{}", short(unit.shown(size), 2)),
        Unit::Rapidity | Unit::Displacement | Unit::Mixed => short(size, 2),
    }
}

/// The names of the k coordinates.
fn labels(fields: &[Field], k: usize) -> Vec<String> {
    let of = |field: &Field| match field.kind {
        Kind::Vector(dim) if dim == k && field.columns.len() >= k => Some(field.columns[..k].to_vec()),
        Kind::Vector(dim) if dim == k => Some((0..k).map(|at| format!("{}[{at}]", field.name)).collect()),
        Kind::Points(dim) if dim == k && k <= 3 => Some(AXES[..k].iter().map(ToString::to_string).collect()),
        Kind::Pixels if k == 2 => Some(AXES[..k].iter().map(ToString::to_string).collect()),
        _ => None,
    };
    fields.iter().find_map(of).unwrap_or_else(|| (0..k).map(|at| format!("coordinate {at}")).collect())
}
