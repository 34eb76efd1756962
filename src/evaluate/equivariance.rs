//! The equivariance error of a trained model: ‖f(g x) − g f(x)‖ relative to ‖f(x)‖, by the size of g.

use nalgebra::DMatrix;
use rand::RngExt;

use semola_engine::Streams;
use semola_method::discover::audit::extent::natural_parameter;
use semola_method::discover::displacement::transform;
use semola_method::discover::support::relative_size;
use semola_method::fit::{Problem, Trained};

/// Sizes of the coefficient: angles of rotations in radians, rapidities of boosts, logarithms of scalings, otherwise displacements
/// of the data relative to its own size.
pub const SIZES: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, std::f64::consts::PI];
const ROWS: usize = 1000;

/// Relative error for each of [`SIZES`], averaged over the given generators (root mean square), each in its
/// natural parameter, with random signs.
pub fn relative_errors(
    model: &Trained,
    problem: &Problem,
    generators: &[DMatrix<f64>],
    streams: &Streams,
) -> Vec<(f64, f64)> {
    let rows: Vec<usize> = (0..problem.rows.min(ROWS)).collect();
    let x = problem.gather_x(&rows);
    let f = model.predict(&x, problem.inputs());
    let size_of_f: f64 = f.iter().map(|v| f64::from(*v).powi(2)).sum();
    let error = |size: f64| {
        let mut total = 0.0;
        for (i, l) in generators.iter().enumerate() {
            let l = &natural_parameter(&(l / relative_size(l, &problem.x_layout, problem, &rows).max(1e-12)));
            let mut rng = streams.get("signs", i as u64);
            let mut sign = || if rng.random::<bool>() { 1.0 } else { -1.0 };
            let times: Vec<f64> = rows.iter().map(|_| sign() * size).collect();
            let (mut gx, mut gf) = (x.clone(), f.clone());
            transform(l, &times, &problem.x_layout, &mut gx);
            transform(l, &times, &problem.y_layout, &mut gf);
            let fg = model.predict(&gx, problem.inputs());
            total += fg.iter().zip(&gf).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        }
        (total / generators.len().max(1) as f64 / size_of_f.max(1e-300)).sqrt()
    };
    SIZES.iter().map(|&size| (size, error(size))).collect()
}
