//! Bodies in the plane that attract each other.

use super::integrate::rk4;

/// Bodies with a position q and a momentum p each; the state is q₁x q₁y p₁x p₁y q₂x q₂y ….
///
/// Hamilton's equations of H = Σ |pᵢ|²/2mᵢ − Σ_{i<j} γ mᵢ mⱼ / √(|qᵢ − qⱼ|² + δ²) + Σ U(qᵢ).
#[derive(Debug, Clone, Copy)]
pub struct Bodies {
    pub masses: &'static [f64],
    /// γ, the strength of the attraction.
    pub attraction: f64,
    /// δ, a length that keeps the attraction finite.
    pub softening: f64,
}

impl Bodies {
    /// The state after `time`, in `steps` steps, where `force(q)` = −∇U(q).
    pub fn advance(&self, state: &[f64], time: f64, steps: usize, force: impl Fn([f64; 2]) -> [f64; 2]) -> Vec<f64> {
        rk4(state, time, steps, |y, out| {
            for ((body, rate), mass) in y.chunks_exact(4).zip(out.chunks_exact_mut(4)).zip(self.masses) {
                let pull = force([body[0], body[1]]);
                rate.copy_from_slice(&[body[2] / mass, body[3] / mass, pull[0], pull[1]]);
            }
            self.attract(y, out);
        })
    }

    /// Adds the attraction of every pair to the rates of the momenta.
    fn attract(&self, y: &[f64], out: &mut [f64]) {
        for i in 0..self.masses.len() {
            for j in 0..i {
                let apart = [y[4 * i] - y[4 * j], y[4 * i + 1] - y[4 * j + 1]];
                let squared = apart[0] * apart[0] + apart[1] * apart[1] + self.softening * self.softening;
                let strength = self.attraction * self.masses[i] * self.masses[j] / (squared * squared.sqrt());
                for (axis, d) in apart.into_iter().enumerate() {
                    out[4 * i + 2 + axis] -= strength * d;
                    out[4 * j + 2 + axis] += strength * d;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_momentum_and_angular_momentum_are_kept() {
        let bodies = Bodies { masses: &[1.0, 0.5, 2.0], attraction: 0.8, softening: 0.3 };
        let start = [1.0, 0.2, -0.1, 0.7, -0.8, 0.4, 0.3, -0.2, 0.1, -0.9, -0.5, -0.1];
        let end = bodies.advance(&start, 1.0, 200, |_| [0.0, 0.0]);
        let kept = |y: &[f64]| {
            let mut energy = 0.0;
            let (mut px, mut py, mut turning) = (0.0, 0.0, 0.0);
            for (i, b) in y.chunks_exact(4).enumerate() {
                energy += (b[2] * b[2] + b[3] * b[3]) / (2.0 * bodies.masses[i]);
                (px, py, turning) = (px + b[2], py + b[3], turning + b[0] * b[3] - b[1] * b[2]);
                for (j, c) in y.chunks_exact(4).enumerate().take(i) {
                    let distance = ((b[0] - c[0]).powi(2) + (b[1] - c[1]).powi(2) + 0.09_f64).sqrt();
                    energy -= 0.8 * bodies.masses[i] * bodies.masses[j] / distance;
                }
            }
            [energy, px, py, turning]
        };
        for (before, after) in kept(&start).into_iter().zip(kept(&end)) {
            assert!((before - after).abs() < 1e-8, "{before} {after}");
        }
        assert!(start.iter().zip(&end).any(|(a, b)| (a - b).abs() > 0.1));
    }
}
