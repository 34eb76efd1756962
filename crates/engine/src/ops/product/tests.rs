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
