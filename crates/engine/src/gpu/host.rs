//! A driver for tests: kernels and products run on the host, and what is copied and started is counted.

use std::cell::Cell;
use std::slice;

use super::{Arg, Args, Driver, Held, Matrix, Ptr};
use crate::ops::product::{View, product};

/// The host in the place of a device.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub launches: Cell<usize>,
    pub uploads: Cell<usize>,
}

/// Memory of the host.
pub(crate) struct Room(Vec<u32>);

impl Held for Room {
    fn at(&self) -> Ptr {
        self.0.as_ptr().addr() as Ptr
    }
}

/// The driver, unless this machine has no C++ compiler to build kernels with: then a line on the terminal says what is not tested.
pub(crate) fn host(test: &str) -> Option<Host> {
    use std::io::Write;
    if semola_cuda_on_host::is_there() {
        return Some(Host::default());
    }
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: no C++ compiler");
    None
}

/// Where values lie.
pub(crate) fn at<T>(values: &[T]) -> Ptr {
    values.as_ptr().expose_provenance() as Ptr
}

/// Where values lie that kernels write.
pub(crate) fn to<T>(values: &mut [T]) -> Ptr {
    values.as_mut_ptr().expose_provenance() as Ptr
}

impl Driver for Host {
    type Held = Room;

    fn launch(&self, kernel: &'static str, grid: [u32; 2], block: u32, args: &[Arg]) {
        self.launches.set(self.launches.get() + 1);
        let mut args = Args::new(args);
        // SAFETY: operations give each kernel what it takes; that they do is what the tests are for, and a sanitizer looks.
        let done = unsafe { semola_cuda_on_host::launch(kernel, grid, block, &mut args.pointers()) };
        done.unwrap_or_else(|why| panic!("{why}"));
    }

    fn product(&self, a: Matrix, b: Matrix, out: Ptr, accumulate: bool) {
        let ((rows, inner), (_, columns)) = (a.shape(), b.shape());
        assert_eq!(inner, b.shape().0);
        // SAFETY: the addresses are those of slices of tests, which are as long as the matrices say.
        let values = |m: &Matrix| unsafe {
            slice::from_raw_parts(std::ptr::with_exposed_provenance::<f32>(m.at as usize), m.rows * m.cols)
        };
        let view = |m: &Matrix| {
            let view = View::new(values(m), m.rows, m.cols);
            if m.transposed { view.t() } else { view }
        };
        let out = std::ptr::with_exposed_provenance_mut::<f32>(out as usize);
        // SAFETY: as above.
        product(view(&a), view(&b), unsafe { slice::from_raw_parts_mut(out, rows * columns) }, accumulate);
    }

    fn room(&self, n: usize) -> Room {
        let values = vec![0; n];
        let _ = values.as_ptr().expose_provenance();
        Room(values)
    }

    fn upload(&self, positions: &[u32]) -> Room {
        self.uploads.set(self.uploads.get() + 1);
        let _ = positions.as_ptr().expose_provenance();
        let values = positions.to_vec();
        let _ = values.as_ptr().expose_provenance();
        Room(values)
    }
}

#[test]
fn every_kernel_belongs_to_an_operation_that_starts_it() {
    let Some(_) = host("kernels") else { return };
    let sources = [
        include_str!("../ops/adam/gpu.rs"),
        include_str!("../ops/add/gpu.rs"),
        include_str!("../ops/attention/gpu.rs"),
        include_str!("../ops/augment/gpu.rs"),
        include_str!("../ops/gather/gpu.rs"),
        include_str!("../ops/linear/gpu.rs"),
        include_str!("../ops/loss/gpu.rs"),
        include_str!("../ops/norm/gpu.rs"),
        include_str!("../ops/pool/gpu.rs"),
    ];
    let own = semola_cuda_on_host::names().filter(|name| !name.starts_with("words_"));
    let unused: Vec<&str> = own.filter(|name| !sources.iter().any(|s| s.contains(&format!("\"{name}\"")))).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
