//! Numbers end to end, in 32 or 64 bits.

use std::ops::Range;

use super::dataset::Values;

impl Values {
    /// An empty list of 64-bit (`wide`) or 32-bit numbers.
    pub fn empty(wide: bool) -> Self {
        if wide { Self::F64(Vec::new()) } else { Self::F32(Vec::new()) }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Are there no numbers?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the numbers take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::F32(v) => size_of_val(v.as_slice()),
            Self::F64(v) => size_of_val(v.as_slice()),
        }
    }

    /// Number `i`; NaN past the end.
    pub fn get(&self, i: usize) -> f64 {
        match self {
            Self::F32(v) => v.get(i).map_or(f64::NAN, |&x| f64::from(x)),
            Self::F64(v) => v.get(i).copied().unwrap_or(f64::NAN),
        }
    }

    /// The numbers of these ranges, end to end; what lies past the end is left out.
    pub fn ranges(&self, ranges: impl Iterator<Item = Range<usize>>) -> Self {
        fn pick<T: Copy>(from: &[T], ranges: impl Iterator<Item = Range<usize>>) -> Vec<T> {
            let mut picked = Vec::new();
            ranges.for_each(|r| picked.extend_from_slice(from.get(r).unwrap_or(&[])));
            picked
        }
        match self {
            Self::F32(v) => Self::F32(pick(v, ranges)),
            Self::F64(v) => Self::F64(pick(v, ranges)),
        }
    }

    /// Puts other numbers behind these; the wider width of both is kept.
    pub fn append(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::F32(a), Self::F32(mut b)) if a.is_empty() => std::mem::swap(a, &mut b),
            (Self::F64(a), Self::F64(mut b)) if a.is_empty() => std::mem::swap(a, &mut b),
            (Self::F32(a), Self::F32(b)) => a.extend_from_slice(&b),
            (Self::F64(a), b) => a.extend(b.iter()),
            (Self::F32(_), b @ Self::F64(_)) => {
                let mut wide: Vec<f64> = self.iter().collect();
                wide.extend(b.iter());
                *self = Self::F64(wide);
            }
        }
    }

    /// The numbers as 64-bit ones, in order.
    pub fn iter(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Self::F32(v) => Box::new(v.iter().map(|&x| f64::from(x))),
            Self::F64(v) => Box::new(v.iter().copied()),
        }
    }

    /// The numbers rounded to 32 bits.
    pub fn to_f32(&self) -> Vec<f32> {
        match self {
            Self::F32(v) => v.clone(),
            Self::F64(v) => v.iter().map(|&x| x as f32).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appending_keeps_the_wider_width() {
        let mut a = Values::F32(vec![1.0]);
        a.append(Values::F32(vec![2.0]));
        assert_eq!(a, Values::F32(vec![1.0, 2.0]));
        a.append(Values::F64(vec![0.1]));
        assert_eq!(a, Values::F64(vec![1.0, 2.0, 0.1]));
        a.append(Values::F32(vec![0.5]));
        assert_eq!(a.get(3), 0.5);
        assert_eq!(a.ranges([2..4, 0..1].into_iter()), Values::F64(vec![0.1, 0.5, 1.0]));
        assert_eq!((a.len(), a.bytes()), (4, 32));
    }
}
