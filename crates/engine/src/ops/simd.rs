//! Loops for the widest vectors that the processor has.

/// Runs `work` compiled for AVX2 and FMA where the processor has them. The closure and what it calls must be
/// `#[inline(always)]` to be compiled so too; otherwise each `mul_add` becomes a call of a library function. (AVX-512 gains nothing on a
/// Zen 4: docs/performance.md.)
#[inline(always)]
pub fn fast<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the two features that `with_avx2` is compiled for were just seen on this processor.
        return unsafe { with_avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Sum in eight lanes: as fast as the additions of vectors, in the same order everywhere.
#[inline(always)]
pub fn sum(a: &[f32]) -> f32 {
    let (chunks, rest) = a.as_chunks::<8>();
    let mut lanes = [0.0f32; 8];
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane += v;
        }
    }
    total(lanes) + rest.iter().sum::<f32>()
}

/// Scalar product, in lanes as [`sum`].
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0f32; 8];
    for (a, b) in a.iter().zip(b) {
        for l in 0..8 {
            lanes[l] = a[l].mul_add(b[l], lanes[l]);
        }
    }
    total(lanes) + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f32>()
}

/// `y += c x`.
#[inline(always)]
pub fn add_scaled(c: f32, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = c.mul_add(*x, *y);
    }
}

#[inline(always)]
fn total(l: [f32; 8]) -> f32 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_agree_with_plain_ones_for_every_length() {
        for n in 0..40 {
            let a: Vec<f32> = (0..n).map(|i| (i * 7 % 13) as f32 - 6.0).collect();
            let b: Vec<f32> = (0..n).map(|i| (i * 5 % 11) as f32 - 5.0).collect();
            assert_eq!(
                fast(
                    #[inline(always)]
                    || sum(&a)
                ),
                a.iter().sum::<f32>()
            );
            assert_eq!(
                fast(
                    #[inline(always)]
                    || dot(&a, &b)
                ),
                a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>()
            );
        }
    }
}
