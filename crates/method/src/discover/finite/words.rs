//! Elements in words.

use nalgebra::DMatrix;

use super::Finite;
use semola_lie::finite::Element;

/// Entries closer than this are equal.
const NEAR: f64 = 1e-6;

impl Finite {
    /// The name of the whole group, with its continuous part.
    pub fn whole_name(&self) -> &str {
        self.whole.as_deref().unwrap_or(&self.name)
    }
}

/// What an element does: `mirror of axis 1`, `turn by 90° in the plane (0,1)`, `exchange of blocks 0 and 1`.
pub fn in_words(element: &Element) -> String {
    let k = element.linear.nrows();
    let still = element.is_only_an_exchange(NEAR);
    let linear = (!still).then(|| linear_in_words(&element.linear, k));
    let exchange = element.exchanges().then(|| exchange_in_words(element));
    let all: Vec<String> = linear.into_iter().chain(exchange).collect();
    if all.is_empty() { "identity".to_owned() } else { all.join(" with ") }
}

fn linear_in_words(m: &DMatrix<f64>, k: usize) -> String {
    let is = |v: f64, to: f64| (v - to).abs() < NEAR;
    let off_diagonal = |i: usize, j: usize| i != j && !is(m[(i, j)], 0.0);
    let moved: Vec<usize> =
        (0..k).filter(|&i| !is(m[(i, i)], 1.0) || (0..k).any(|j| off_diagonal(i, j) || off_diagonal(j, i))).collect();
    let diagonal = (0..k).all(|i| (0..k).all(|j| !off_diagonal(i, j)));
    let axes = |list: &[usize]| list.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    match moved[..] {
        _ if diagonal && moved.len() == k && moved.iter().all(|&i| is(m[(i, i)], -1.0)) => {
            "inversion x ↦ −x".to_owned()
        }
        [i] if diagonal && is(m[(i, i)], -1.0) => format!("mirror of axis {i}"),
        _ if diagonal => format!("signs of axes {}", axes(&moved)),
        [i, j] if is(m[(i, j)], 1.0) && is(m[(j, i)], 1.0) && is(m[(i, i)], 0.0) => {
            format!("exchange of axes {i} and {j}")
        }
        [i, j] if is(m[(i, i)], m[(j, j)]) && is(m[(i, j)], -m[(j, i)]) => {
            let angle = m[(j, i)].atan2(m[(i, i)]).to_degrees();
            format!("turn by {}° in the plane ({i},{j})", (angle * 10.0).round() / 10.0)
        }
        [i, j] if m.determinant() < 0.0 && is(m[(i, j)], m[(j, i)]) && is(m[(i, i)], -m[(j, j)]) => {
            format!("mirror in the plane ({i},{j})")
        }
        _ if (m.trace() - (k as f64 - 2.0)).abs() < 1e-3 && (m * m - DMatrix::identity(k, k)).amax() < 1e-3 => {
            // 1 − m = 2 n nᵀ for the direction n that is turned around, in coordinates where the mirror is orthogonal.
            let off = DMatrix::identity(k, k) - m;
            let column = (0..k).map(|j| off.column(j).into_owned()).max_by(|a, b| a.norm().total_cmp(&b.norm()));
            let normal = column.map(|c| c.normalize()).unwrap_or_else(|| nalgebra::DVector::zeros(k));
            let numbers: Vec<String> =
                normal.iter().map(|v| format!("{}", (v * 100.0).round() / 100.0 + 0.0)).collect();
            format!("mirror along ({})", numbers.join(", "))
        }
        _ if m.determinant() < 0.0 => "an orientation-reversing map".to_owned(),
        _ => "an orientation-keeping map".to_owned(),
    }
}

fn exchange_in_words(element: &Element) -> String {
    let moved = |from: &[usize]| -> Vec<usize> { (0..from.len()).filter(|&i| from[i] != i).collect() };
    let (inputs, targets) = (moved(&element.inputs), moved(&element.outputs));
    let what = match inputs[..] {
        [i, j] => format!("exchange of blocks {i} and {j}"),
        _ => format!("exchange of {} blocks", inputs.len()),
    };
    if element.outputs.is_empty() || !targets.is_empty() { what } else { format!("{what} of the inputs only") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_lie::plane_rotation;

    #[test]
    fn elements_are_described() {
        let words = |m: DMatrix<f64>| in_words(&Element::linear(m, 2, 2));
        let diagonal = |signs: &[f64]| DMatrix::from_diagonal(&signs.to_vec().into());
        assert_eq!(words(DMatrix::identity(3, 3)), "identity");
        assert_eq!(words(diagonal(&[1.0, -1.0, 1.0])), "mirror of axis 1");
        assert_eq!(words(diagonal(&[-1.0, -1.0])), "inversion x ↦ −x");
        assert_eq!(words(diagonal(&[-1.0, -1.0, 1.0])), "signs of axes 0, 1");
        assert_eq!(words(plane_rotation(3, 0, 2, std::f64::consts::FRAC_PI_2)), "turn by 90° in the plane (0,2)");
        assert_eq!(words(DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 1.0, 0.0])), "exchange of axes 0 and 1");
        let n = nalgebra::DVector::from_row_slice(&[2.0, -1.0, 2.0]) / 3.0;
        assert_eq!(words(DMatrix::identity(3, 3) - &n * n.transpose() * 2.0), "mirror along (0.67, -0.33, 0.67)");
        let swap = Element { inputs: vec![1, 0], ..Element::identity(2, 2, 2) };
        assert_eq!(in_words(&swap), "exchange of blocks 0 and 1 of the inputs only");
        let both = Element { outputs: vec![1, 0], linear: diagonal(&[-1.0, 1.0]), ..swap };
        assert_eq!(in_words(&both), "mirror of axis 0 with exchange of blocks 0 and 1");
    }
}
