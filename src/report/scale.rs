//! From values to positions on an axis, linear or logarithmic, with round ticks.

use crate::words::number::short;

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    log: bool,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// An axis that holds all finite values, from the position `from` to `to`. `log` is ignored if a value is not
    /// positive. `None` without values.
    pub fn new(values: impl IntoIterator<Item = f64>, log: bool, from: f64, to: f64) -> Option<Self> {
        let values = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = values.fold(None, |range: Option<(f64, f64)>, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })?;
        let log = log && low > 0.0;
        let (low, high) = if log { (low.log10(), high.log10()) } else { (low, high) };
        // A single value still needs an axis.
        let pad = if high > low { 0.04 * (high - low) } else { 0.5 * high.abs().max(1.0) };
        Some(Self { log, low: low - pad, high: high + pad, from, to })
    }

    /// The same axis, starting at this value if it is linear; a logarithmic one goes on to the full decade below.
    pub fn with_base(self, base: f64) -> Self {
        let low = if self.log { self.low.floor() } else { self.low.min(base) };
        // What touched the base needs no margin beyond it.
        let low = if !self.log && low < base && low > base - 0.05 * (self.high - base).abs() { base } else { low };
        Self { low, ..self }
    }

    /// Position of a value; values beyond the ends are put there.
    pub fn at(&self, value: f64) -> f64 {
        let value = if self.log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Round values in range with their labels.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        if self.log { self.log_ticks() } else { self.linear_ticks() }
    }

    fn linear_ticks(&self) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / 5.0;
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * decade).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(10.0 * decade);
        let first = (self.low / step).ceil();
        let ticks = (0..12).map(|number| (first + f64::from(number)) * step);
        ticks.take_while(|tick| *tick <= self.high).map(|tick| (tick, short(tick, 4))).collect()
    }

    fn log_ticks(&self) -> Vec<(f64, String)> {
        let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
        // Multiples of the stride, so that 1 is among them.
        let stride = ((last - first) / 7).max(0) + 1;
        let first = first.div_euclid(stride) * stride;
        let factors: &[f64] = if self.high - self.low < 2.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let decades = (first..=last).step_by(usize::try_from(stride).unwrap_or(1));
        let ticks = decades.flat_map(|decade| factors.iter().map(move |factor| (decade, *factor)));
        let ticks = ticks.map(|(decade, factor)| {
            let label = if factor == 1.0 { power(decade) } else { short(factor * 10_f64.powi(decade), 2) };
            (factor * 10_f64.powi(decade), label)
        });
        ticks.filter(|(value, _)| (self.low - 1e-9..=self.high + 1e-9).contains(&value.log10())).collect()
    }
}

/// A power of ten: as it is while it is short, otherwise with a raised exponent.
fn power(exponent: i32) -> String {
    if (-3..=3).contains(&exponent) {
        return short(10_f64.powi(exponent), 1);
    }
    let raise = |digit: char| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(digit),
    };
    format!("10{}", exponent.to_string().chars().map(raise).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_in_range() {
        let labels = |scale: &Scale| scale.ticks().into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        let linear = Scale::new([0.0, 10.0], false, 0.0, 100.0).unwrap();
        assert_eq!(labels(&linear), ["0", "5", "10"]);
        let log = Scale::new([1e-8, f64::NAN, 3.0], true, 100.0, 0.0).unwrap();
        assert_eq!(labels(&log), ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"]);
        assert!(log.at(1e-8) > log.at(1.0) && log.at(0.0) == 100.0);
        assert_eq!(labels(&Scale::new([1.0, 4.0], true, 0.0, 1.0).unwrap()), ["1", "2"]);
        assert_eq!(Scale::new([f64::NAN], true, 0.0, 1.0), None);
        let single = Scale::new([5.0], false, 0.0, 1.0).unwrap();
        assert_eq!(single.at(5.0), 0.5);
        let based = Scale::new([0.2, 0.9], false, 0.0, 1.0).unwrap().with_base(0.0);
        assert_eq!(based.at(0.0), 0.0);
    }
}
