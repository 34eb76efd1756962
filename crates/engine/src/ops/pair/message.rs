//! The two messages of a pair of points, forward and backward: the loops that dominate training time.

use super::radial::Radial;

/// Values that are worked on at once, so that the compiler makes vectors of them without having to know that slices do not
/// overlap.
const LANES: usize = 8;

/// What the two messages of the points i and j are made of, each slice a message wide.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    /// p_i + x_i C and q_j - x_j C, then the same with i and j exchanged.
    pub sides: [&'a [f32]; 4],
    /// The four rows of W that the distance looks at.
    pub radial: [&'a [f32]; 4],
    pub near: Radial,
}

impl<'a> Pair<'a> {
    /// The pair (i, j) of points whose sides stand in these matrices.
    #[inline(always)]
    pub fn new(from: &'a [f32], to: &'a [f32], (i, j): (usize, usize), radial: [&'a [f32]; 4], near: Radial) -> Self {
        let w = radial[0].len();
        let of = |side: &'a [f32], i: usize| &side[i * w..(i + 1) * w];
        Self { sides: [of(from, i), of(to, j), of(from, j), of(to, i)], radial, near }
    }
}

/// Adds `c` times the messages of a pair, from p_i + q_j and p_j + q_i.
#[inline(always)]
pub(super) fn add_messages(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    pair: &Pair<'_>,
    c: f32,
    a: &mut [f32],
    b: &mut [f32],
) {
    let w = a.len();
    let b = &mut b[..w];
    let [from_i, to_j, from_j, to_i] = pair.sides.map(|s| &s[..w]);
    let [w0, w1, w2, w3] = pair.radial.map(|r| &r[..w]);
    let e = pair.near.value;
    for k in 0..w {
        let z = e[3].mul_add(w3[k], e[2].mul_add(w2[k], e[1].mul_add(w1[k], e[0] * w0[k])));
        a[k] = c.mul_add(curve(from_i[k] + to_j[k] + z).0, a[k]);
        b[k] = c.mul_add(curve(from_j[k] + to_i[k] + z).0, b[k]);
    }
}

/// Gradients of what the messages of a pair are made of, laid out as this.
pub(super) struct PairGradients<'a> {
    pub from_i: &'a mut [f32],
    pub to_j: &'a mut [f32],
    pub from_j: &'a mut [f32],
    pub to_i: &'a mut [f32],
    /// Of the four rows of W, one after another.
    pub radial: &'a mut [f32],
    /// By the distance in the radial part, value by value; written, not added to.
    pub by_distance: &'a mut [f32],
}

/// Both messages of a pair on the way back, given their gradients without the factor `c`.
#[inline(always)]
pub(super) fn pull_messages(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    pair: &Pair<'_>,
    ups: [&[f32]; 2],
    c: f32,
    grads: &mut PairGradients<'_>,
) {
    let w = grads.by_distance.len();
    let whole = w / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        pull_lanes::<LANES>(curve, pair, ups, c, grads, at);
    }
    for at in whole..w {
        pull_lanes::<1>(curve, pair, ups, c, grads, at);
    }
}

/// The values `at..at + L`.
#[inline(always)]
fn pull_lanes<const L: usize>(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    pair: &Pair<'_>,
    ups: [&[f32]; 2],
    c: f32,
    grads: &mut PairGradients<'_>,
    at: usize,
) {
    let w = grads.by_distance.len();
    let [from_i, to_j, from_j, to_i] = pair.sides.map(|s| lanes::<L>(s, at));
    let [w0, w1, w2, w3] = pair.radial.map(|s| lanes::<L>(s, at));
    let [up_i, up_j] = ups.map(|s| lanes::<L>(s, at));
    let (e, s) = (pair.near.value, pair.near.slope);
    let (mut there, mut back, mut both, mut by_distance) = ([0.0; L], [0.0; L], [0.0; L], [0.0; L]);
    for l in 0..L {
        let z = e[3].mul_add(w3[l], e[2].mul_add(w2[l], e[1].mul_add(w1[l], e[0] * w0[l])));
        there[l] = c * up_i[l] * curve(from_i[l] + to_j[l] + z).1;
        back[l] = c * up_j[l] * curve(from_j[l] + to_i[l] + z).1;
        both[l] = there[l] + back[l];
        by_distance[l] = both[l] * s[3].mul_add(w3[l], s[2].mul_add(w2[l], s[1].mul_add(w1[l], s[0] * w0[l])));
    }
    add(&there, &mut grads.from_i[at..at + L]);
    add(&there, &mut grads.to_j[at..at + L]);
    add(&back, &mut grads.from_j[at..at + L]);
    add(&back, &mut grads.to_i[at..at + L]);
    for (f, e) in e.into_iter().enumerate() {
        let row = &mut grads.radial[f * w + at..f * w + at + L];
        for (grad, g) in row.iter_mut().zip(&both) {
            *grad = e.mul_add(*g, *grad);
        }
    }
    grads.by_distance[at..at + L].copy_from_slice(&by_distance);
}

#[inline(always)]
fn lanes<const L: usize>(s: &[f32], at: usize) -> [f32; L] {
    let mut lanes = [0.0; L];
    lanes.copy_from_slice(&s[at..at + L]);
    lanes
}

#[inline(always)]
fn add<const L: usize>(part: &[f32; L], grad: &mut [f32]) {
    for (grad, part) in grad.iter_mut().zip(part) {
        *grad += part;
    }
}
