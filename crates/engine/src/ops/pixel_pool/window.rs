//! How pooling by two divides an axis of pixels.
//!
//! An even axis falls into pairs. On an odd one the windows lie about every second pixel, the first and the last included,
//! and reach one pixel to each side, so that neighbours share a pixel. Either way the windows of a mirrored or turned image
//! are the mirrored or turned windows: pooling commutes with quarter turns of square images of any size.

use std::ops::Range;

/// Windows along an axis of `n` pixels: ⌈n/2⌉.
pub fn pooled(n: usize) -> usize {
    n.div_ceil(2)
}

/// The pixels of window `i`: two, or up to three on an odd axis.
pub fn window(i: usize, n: usize) -> Range<usize> {
    if n.is_multiple_of(2) { 2 * i..2 * i + 2 } else { (2 * i).saturating_sub(1)..(2 * i + 2).min(n) }
}

/// The windows that a pixel lies in: one, or two between the centres of an odd axis.
pub fn windows_of(pixel: usize, n: usize) -> Range<usize> {
    if n.is_multiple_of(2) { pixel / 2..pixel / 2 + 1 } else { pixel / 2..pixel.div_ceil(2) + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_pixel_and_mirror() {
        for n in 1..12 {
            for i in 0..pooled(n) {
                let (there, back) = (window(i, n), window(pooled(n) - 1 - i, n));
                assert_eq!((there.start, there.end), (n - back.end, n - back.start), "{n}, {i}");
                assert!(there.end <= n && !there.is_empty());
            }
            for pixel in 0..n {
                let holding: Vec<usize> = (0..pooled(n)).filter(|&i| window(i, n).contains(&pixel)).collect();
                assert_eq!(holding, windows_of(pixel, n).collect::<Vec<_>>(), "{n}, {pixel}");
                assert!(!holding.is_empty());
            }
        }
    }
}
