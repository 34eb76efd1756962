//! Dense single-precision matrix products.

use gemm::Parallelism;

/// Products with at least this many multiply-adds are spread over the threads of the current pool.
const PARALLEL_FROM: usize = 1 << 23;

/// The vector instructions of the kernels that `gemm` chooses on this machine: `avx512f`, `avx2+fma`, `neon` or `scalar`.
/// Others may add up in another order, so that the last bits differ.
pub fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        return "avx512f";
    } else if std::arch::is_x86_feature_detected!("fma") {
        return "avx2+fma";
    }
    if cfg!(target_arch = "aarch64") { "neon" } else { "scalar" }
}

/// A row-major matrix, or its transpose, as a view.
#[derive(Clone, Copy)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> View<'a> {
    /// `data` holds `rows`×`cols` values, row by row.
    ///
    /// # Panics
    /// If the lengths disagree.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert_eq!(data.len(), rows * cols, "a {rows}x{cols} matrix needs {} values", rows * cols);
        Self { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// Rows of `cols` values that begin every `row_stride` values of `data`; they may overlap.
    ///
    /// # Panics
    /// If `data` ends before the last row does.
    pub fn overlapping(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        let needed = if rows == 0 { 0 } else { (rows - 1) * row_stride + cols };
        assert!(data.len() >= needed, "{rows} rows of {cols}, {row_stride} apart, need {needed} values");
        Self { data, rows, cols, row_stride, col_stride: 1 }
    }

    /// The transpose, without moving anything.
    pub fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            data: self.data,
        }
    }
}

/// `out = a b`, or `out += a b` with `accumulate`; `out` is row-major with `a.rows`×`b.cols` values.
///
/// # Panics
/// If the shapes disagree.
pub fn product(a: View<'_>, b: View<'_>, out: &mut [f32], accumulate: bool) {
    let threads = rayon::current_num_threads();
    let large = a.rows * b.cols * a.cols >= PARALLEL_FROM;
    multiply(a, b, out, accumulate, if threads > 1 && large { Parallelism::Rayon(threads) } else { Parallelism::None });
}

/// As [`product`], on this thread alone: for work that is itself a piece of something parallel.
///
/// # Panics
/// If the shapes disagree.
pub fn product_here(a: View<'_>, b: View<'_>, out: &mut [f32], accumulate: bool) {
    multiply(a, b, out, accumulate, Parallelism::None);
}

fn multiply(a: View<'_>, b: View<'_>, out: &mut [f32], accumulate: bool, parallelism: Parallelism) {
    assert_eq!(a.cols, b.rows, "inner dimensions of a product");
    let (m, n, k) = (a.rows, b.cols, a.cols);
    assert_eq!(out.len(), m * n, "output of a product");
    let beta = if accumulate { 1.0 } else { 0.0 };
    // SAFETY: the constructors of `View` and the assertions above make every index that the strides can reach lie inside
    // the slices: a and b are only read, at rows*cols places addressed by their own strides, `out` holds m*n values with
    // strides (n, 1), and `out` is a unique borrow, so it does not overlap a or b.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            beta,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests;
