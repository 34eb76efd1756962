//! Clouds of points on the surfaces of solids.

use std::f64::consts::TAU;
use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use nalgebra::Vector3;
use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::{between, normals};
use super::table::{Column, Table, clouds};
use super::task::Split;
use super::truth::{TargetAction, Truth, TruthSpace, matrix, turns_of_space};
use crate::lie::random::uniform;
use crate::lie::rotation::random_rotation;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "solids",
    summary: "40 to 80 points with normals on a solid to its kind; so(3)",
    dial: None,
    make: Make::Table(|| Box::new(Solids)),
};

/// Points with normals on boxes, cylinders, cones, ellipsoids, tori and tetrahedra of all sizes, in all orientations → the
/// kind of solid. Rows hold 40 to 80 points, each moved by a hundredth of its solid's size.
pub(super) struct Solids;

const KINDS: [&str; 6] = ["box", "cone", "cylinder", "ellipsoid", "tetrahedron", "torus"];
const NOISE: f64 = 0.01;

type Point = (Vector3<f64>, Vector3<f64>);

impl Table for Solids {
    fn truth(&self) -> Truth {
        // Scaled solids are of the same kind, but normals have length one.
        let generators = [turns_of_space(3), vec![matrix(3, &[(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0)])]].concat();
        Truth::new(TruthSpace::Gl(3), TargetAction::Scalar, "sim(3)", &generators).showing("so(3)")
    }

    fn rows(&self) -> usize {
        1500
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn columns(&self, _: Split, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Column>, ArrowError> {
        let (mut positions, mut directions, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let kind = KINDS[(uniform(rng) * KINDS.len() as f64) as usize % KINDS.len()];
            let points = solid(kind, rng);
            let single = |v: &Vector3<f64>| [v.x as f32, v.y as f32, v.z as f32];
            positions.push(points.iter().map(|p| single(&p.0)).collect::<Vec<_>>());
            directions.push(points.iter().map(|p| single(&p.1)).collect::<Vec<_>>());
            kinds.push(kind);
        }
        let label = (Field::new("solid", DataType::Utf8, false), Arc::new(StringArray::from(kinds)) as _);
        Ok(vec![clouds("positions", "", &positions)?, clouds("normals", "", &directions)?, label])
    }
}

/// A solid of random size in a random orientation, its centre of mass near the origin.
fn solid(kind: &str, rng: &mut ChaCha8Rng) -> Vec<Point> {
    let count = 40 + (uniform(rng) * 41.0) as usize;
    let [a, b, c] = [0; 3].map(|_| between(rng, 0.5, 1.0));
    let turn = random_rotation(3, rng).fixed_view::<3, 3>(0, 0).into_owned();
    let size = (a * a + b * b + c * c).sqrt();
    let mut point = || -> Point {
        match kind {
            "box" => on_box(a, b, c, rng),
            "cone" => on_cone(0.5 * (a + b), 2.0 * c, rng),
            "cylinder" => on_cylinder(0.5 * (a + b), c, rng),
            "ellipsoid" => on_ellipsoid(a, b, c, rng),
            "tetrahedron" => on_tetrahedron(a + b, rng),
            _ => on_torus(a, 0.4 * a * b, rng),
        }
    };
    let points: Vec<Point> = (0..count).map(|_| point()).collect();
    let moved = |(p, n): Point| {
        let noise = Vector3::from_iterator(normals(rng, 3)) * (NOISE * size);
        (turn * (p + noise), turn * n)
    };
    points.into_iter().map(moved).collect()
}

fn sign(rng: &mut ChaCha8Rng) -> f64 {
    if uniform(rng) < 0.5 { -1.0 } else { 1.0 }
}

/// Half sides a, b, c.
fn on_box(a: f64, b: f64, c: f64, rng: &mut ChaCha8Rng) -> Point {
    let sides = [a, b, c];
    let areas = [b * c, a * c, a * b];
    let mut pick = between(rng, 0.0, areas.iter().sum());
    let axis = (0..2).find(|&i| {
        pick -= areas[i];
        pick < 0.0
    });
    let axis = axis.unwrap_or(2);
    let mut p = Vector3::from_fn(|i, _| between(rng, -sides[i], sides[i]));
    let mut n = Vector3::zeros();
    n[axis] = sign(rng);
    p[axis] = sides[axis] * n[axis];
    (p, n)
}

/// A disc of radius r at height z, facing up or down.
fn on_disc(r: f64, z: f64, up: f64, rng: &mut ChaCha8Rng) -> Point {
    let (rho, t) = (r * uniform(rng).sqrt(), between(rng, 0.0, TAU));
    (Vector3::new(rho * t.cos(), rho * t.sin(), z), Vector3::new(0.0, 0.0, up))
}

/// Height h, the centre of mass at the origin.
fn on_cone(r: f64, h: f64, rng: &mut ChaCha8Rng) -> Point {
    let slant = (r * r + h * h).sqrt();
    if uniform(rng) * (r + slant) < r {
        return on_disc(r, -h / 4.0, -1.0, rng);
    }
    let (down, t) = (uniform(rng).sqrt(), between(rng, 0.0, TAU));
    let p = Vector3::new(r * down * t.cos(), r * down * t.sin(), 0.75 * h - h * down);
    (p, Vector3::new(h * t.cos(), h * t.sin(), r) / slant)
}

/// Half height h.
fn on_cylinder(r: f64, h: f64, rng: &mut ChaCha8Rng) -> Point {
    if uniform(rng) * (r + 2.0 * h) < r {
        let up = sign(rng);
        return on_disc(r, up * h, up, rng);
    }
    let t = between(rng, 0.0, TAU);
    (Vector3::new(r * t.cos(), r * t.sin(), between(rng, -h, h)), Vector3::new(t.cos(), t.sin(), 0.0))
}

/// Uniform in angle, not in area.
fn on_ellipsoid(a: f64, b: f64, c: f64, rng: &mut ChaCha8Rng) -> Point {
    let d = Vector3::from_iterator(normals(rng, 3)).normalize();
    (Vector3::new(a * d.x, b * d.y, c * d.z), Vector3::new(d.x / a, d.y / b, d.z / c).normalize())
}

/// Corners at a distance r from the centre.
fn on_tetrahedron(r: f64, rng: &mut ChaCha8Rng) -> Point {
    let s = r / 3f64.sqrt();
    let corners = [Vector3::new(s, s, s), Vector3::new(s, -s, -s), Vector3::new(-s, s, -s), Vector3::new(-s, -s, s)];
    let skip = (uniform(rng) * 4.0) as usize % 4;
    let face: Vec<Vector3<f64>> = (0..4).filter(|&i| i != skip).map(|i| corners[i]).collect();
    let (mut u, mut v) = (uniform(rng), uniform(rng));
    if u + v > 1.0 {
        (u, v) = (1.0 - u, 1.0 - v);
    }
    (face[0] * (1.0 - u - v) + face[1] * u + face[2] * v, -corners[skip].normalize())
}

/// Radii of the ring and of its tube.
fn on_torus(ring: f64, tube: f64, rng: &mut ChaCha8Rng) -> Point {
    let t = between(rng, 0.0, TAU);
    let around = loop {
        // The outer side of the tube has more area.
        let around = between(rng, 0.0, TAU);
        if uniform(rng) * (ring + tube) < ring + tube * around.cos() {
            break around;
        }
    };
    let r = ring + tube * around.cos();
    let n = Vector3::new(around.cos() * t.cos(), around.cos() * t.sin(), around.sin());
    (Vector3::new(r * t.cos(), r * t.sin(), tube * around.sin()), n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn normals_have_length_one_and_point_outwards() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for kind in KINDS {
            for _ in 0..20 {
                let points = solid(kind, &mut rng);
                assert!((40..=80).contains(&points.len()));
                assert!(points.iter().all(|(_, n)| (n.norm() - 1.0).abs() < 1e-9), "{kind}");
                // The divergence theorem: the mean of p·n over a surface is three times volume over area.
                let outwards: f64 = points.iter().map(|(p, n)| p.dot(n)).sum();
                assert!(outwards > 0.0, "{kind}: {outwards}");
            }
        }
    }
}
