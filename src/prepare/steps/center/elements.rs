//! Standard atomic weights.

/// Abridged standard atomic weights (CIAAW 2021) of the elements 1 to 118, in daltons; for elements without one the mass
/// number of the longest-lived isotope.
#[rustfmt::skip]
const WEIGHTS: [f64; 118] = [
    1.0080, 4.0026, 6.94, 9.0122, 10.81, 12.011, 14.007, 15.999, 18.998, 20.180,
    22.990, 24.305, 26.982, 28.085, 30.974, 32.06, 35.45, 39.95, 39.098, 40.078,
    44.956, 47.867, 50.942, 51.996, 54.938, 55.845, 58.933, 58.693, 63.546, 65.38,
    69.723, 72.630, 74.922, 78.971, 79.904, 83.798, 85.468, 87.62, 88.906, 91.224,
    92.906, 95.95, 97.0, 101.07, 102.91, 106.42, 107.87, 112.41, 114.82, 118.71,
    121.76, 127.60, 126.90, 131.29, 132.91, 137.33, 138.91, 140.12, 140.91, 144.24,
    145.0, 150.36, 151.96, 157.25, 158.93, 162.50, 164.93, 167.26, 168.93, 173.05,
    174.97, 178.49, 180.95, 183.84, 186.21, 190.23, 192.22, 195.08, 196.97, 200.59,
    204.38, 207.2, 208.98, 209.0, 210.0, 222.0, 223.0, 226.0, 227.0, 232.04,
    231.04, 238.03, 237.0, 244.0, 243.0, 247.0, 247.0, 251.0, 252.0, 257.0,
    258.0, 259.0, 262.0, 267.0, 268.0, 269.0, 270.0, 269.0, 277.0, 281.0,
    282.0, 285.0, 286.0, 290.0, 290.0, 293.0, 294.0, 294.0,
];

/// The weight of the element of that atomic number, if there is one.
pub fn standard_weight(number: f64) -> Option<f64> {
    let whole = number.fract() == 0.0 && (1.0..=118.0).contains(&number);
    whole.then(|| WEIGHTS.get(number as usize - 1).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_weights_stand_at_their_numbers() {
        let known = [(1.0, 1.008), (6.0, 12.011), (26.0, 55.845), (50.0, 118.71), (79.0, 196.97), (92.0, 238.03)];
        known.into_iter().for_each(|(z, weight)| assert_eq!(standard_weight(z), Some(weight)));
        assert_eq!(standard_weight(118.0), Some(294.0));
        assert_eq!([0.0, 1.5, 119.0, -1.0, f64::NAN].map(standard_weight), [None; 5]);
    }

    #[test]
    fn weights_grow_but_for_the_known_exceptions() {
        let falls: Vec<usize> = (1..103).filter(|&i| WEIGHTS[i] < WEIGHTS[i - 1]).map(|i| i + 1).collect();
        // K below Ar, Ni below Co, I below Te, Pa below Th, Np below U, Am below Pu.
        assert_eq!(falls, [19, 28, 53, 91, 93, 95]);
    }
}
