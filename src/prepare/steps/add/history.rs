//! How computed fields are converted back to physical units: from the histories of their parts.

use semola_data::{Dataset, Transform};

/// The history of a − b, where both are affine in their prepared values: x = A x' + c.
///
/// # Errors
/// If the two have different scales A, or one is compressed: the difference of the prepared values is then not a
/// difference of physical ones.
pub fn difference_history(data: &Dataset, names: &[String; 2]) -> Result<Vec<Transform>, String> {
    let [a, b] = names;
    names.iter().try_for_each(|name| affine_only(data, name))?;
    if data.history.get(a) == data.history.get(b) {
        // Shifts cancel.
        return Ok(data.history.get(a).into_iter().flatten().filter_map(Transform::scale_only).collect());
    }
    let scale = factors(data, a)?;
    if scale != factors(data, b)? {
        return Err(format!("`{a}` and `{b}` are scaled differently; scale them together, or add before scaling"));
    }
    if data.fields.get(a).is_some_and(|f| f.offsets.is_some()) {
        return Err(format!("`{a}` and `{b}` are centred differently; add before centring"));
    }
    let shifts = origins(data, a).iter().zip(origins(data, b)).map(|(a, b)| a - b).collect();
    Ok(affine(scale, shifts, data.rows))
}

/// The history of fields of fixed width end to end.
///
/// # Errors
/// If a part has a different scale in each row, or is compressed.
pub fn join_history(data: &Dataset, names: &[String]) -> Result<Vec<Transform>, String> {
    if names.iter().all(|name| data.history.get(name).is_none_or(Vec::is_empty)) {
        return Ok(Vec::new());
    }
    names.iter().try_for_each(|name| affine_only(data, name))?;
    let scales = names.iter().map(|name| factors(data, name)).collect::<Result<Vec<_>, _>>()?;
    let scale = scales.concat();
    let parts: Vec<(usize, Vec<f64>)> = names.iter().zip(&scales).map(|(n, s)| (s.len(), origins(data, n))).collect();
    let row = |row: usize| {
        let part =
            move |(width, all): &(usize, Vec<f64>)| all.get(row * width..(row + 1) * width).unwrap_or(&[]).to_vec();
        parts.iter().flat_map(part).collect::<Vec<f64>>()
    };
    Ok(affine(scale, (0..data.rows).flat_map(row).collect(), data.rows))
}

/// x ↦ (x − c) / A as transforms, leaving out identities.
fn affine(scale: Vec<f64>, shifts: Vec<f64>, rows: usize) -> Vec<Transform> {
    let mut history = Vec::new();
    if shifts.iter().any(|&c| c != 0.0) {
        history.push(Transform::PerRow { block: shifts.len() / rows.max(1), shifts });
    }
    match scale.first() {
        Some(&first) if scale.iter().all(|&a| a == first) => {
            if first != 1.0 {
                history.push(Transform::ScaleBy(first));
            }
        }
        _ => history.push(Transform::Standardise { mean: vec![0.0; scale.len()], std: scale }),
    }
    history
}

/// # Errors
/// If a field's prepared values are no affine function of the physical ones.
fn affine_only(data: &Dataset, name: &str) -> Result<(), String> {
    match data.is_compressed(name) {
        true => Err(format!("`{name}` is compressed; add before `compress`")),
        false => Ok(()),
    }
}

/// A: one prepared unit of each component in physical units.
fn factors(data: &Dataset, name: &str) -> Result<Vec<f64>, String> {
    let mut factors = vec![1.0; data.fields.get(name).map_or(0, |f| f.block())];
    for change in data.history.get(name).into_iter().flatten() {
        match change {
            Transform::ScaleBy(scale) => factors.iter_mut().for_each(|a| *a *= scale),
            Transform::Standardise { std, .. } => {
                factors.iter_mut().zip(std.iter().cycle()).for_each(|(a, s)| *a *= s);
            }
            Transform::PerRowScale { .. } => {
                return Err(format!("each row of `{name}` has a scale of its own; add before `unit_sphere`"));
            }
            Transform::Shift(_) | Transform::PerRow { .. } | Transform::Compress { .. } => {}
        }
    }
    Ok(factors)
}

/// c: the prepared zero of each row in physical units, row-major.
fn origins(data: &Dataset, name: &str) -> Vec<f64> {
    let rows: Vec<usize> = (0..data.rows).collect();
    let mut zeros = vec![0.0; data.fields.get(name).map_or(0, |f| f.values.len())];
    // The lengths agree by construction; without a field there is nothing to bring back.
    if data.inverse(name, &rows, &mut zeros).is_err() {
        zeros.clear();
    }
    zeros
}
