//! Dense single-precision matrix products.

use gemm::Parallelism;

/// Products with at least this many multiply-adds are spread over the threads of the current pool.
const PARALLEL_FROM: usize = 1 << 23;

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
mod tests {
    use super::*;

    fn reference(a: View<'_>, b: View<'_>) -> Vec<f32> {
        let at = |v: &View<'_>, i: usize, j: usize| f64::from(v.data[i * v.row_stride + j * v.col_stride]);
        let mut out = Vec::new();
        for i in 0..a.rows {
            for j in 0..b.cols {
                out.push((0..a.cols).map(|k| at(&a, i, k) * at(&b, k, j)).sum::<f64>() as f32);
            }
        }
        out
    }

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect()
    }

    #[test]
    fn products_agree_with_the_plain_sum_in_all_orientations() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 7), (64, 8, 33), (17, 129, 65)] {
            let (a, b) = (numbers(m * k), numbers(k * n));
            let orientations = [
                (View::new(&a, m, k), View::new(&b, k, n)),
                (View::new(&a, k, m).t(), View::new(&b, k, n)),
                (View::new(&a, m, k), View::new(&b, n, k).t()),
            ];
            for (a, b) in orientations {
                let want = reference(a, b);
                let mut got = vec![1.0; m * n];
                product(a, b, &mut got, true);
                for (g, w) in got.iter().zip(&want) {
                    assert!((g - 1.0 - w).abs() < 1e-4, "{g} against {w} + 1");
                }
            }
        }
    }

    #[test]
    fn rows_may_overlap() {
        let (data, b) = (numbers(11), numbers(5 * 3));
        let rows: Vec<f32> = (0..4).flat_map(|i| data[2 * i..2 * i + 5].to_vec()).collect();
        let (mut got, mut want) = (vec![0.0; 12], vec![0.0; 12]);
        product_here(View::overlapping(&data, 4, 5, 2), View::new(&b, 5, 3), &mut got, false);
        product(View::new(&rows, 4, 5), View::new(&b, 5, 3), &mut want, false);
        assert!(got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 1e-6), "{got:?} {want:?}");
    }

    #[test]
    #[should_panic(expected = "need 11 values")]
    fn rows_beyond_the_data_are_refused() {
        View::overlapping(&[0.0; 10], 4, 5, 2);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (m, k, n) = (512, 256, 256);
        let (a, b) = (numbers(m * k), numbers(k * n));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut out = vec![0.0; m * n];
                product(View::new(&a, m, k), View::new(&b, k, n), &mut out, false);
                out
            })
        };
        assert_eq!(run(1), run(2));
    }
}
