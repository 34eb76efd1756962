//! The driver of kernels on a GPU: through cudarc, on the memory of dfdx's tensors.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_int;
use std::sync::Arc;

use cudarc::cublas::{result::sgemm, sys::cublasOperation_t};
use cudarc::driver::{CudaSlice, DevicePtr, LaunchAsync, LaunchConfig};
use cudarc::look::{Seen, count_from_device, count_to_device};
use cudarc::nvrtc::Ptx;

use crate::gpu::{Arg, Args, Driver, Held, Matrix, Ptr};

/// The kernels of one operation.
struct Module {
    name: &'static str,
    ptx: &'static str,
    kernels: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// A device, as cudarc has it below its wrapper.
type Device = cudarc::dynamic::driver::CudaDevice;
type Blas = cudarc::dynamic::cublas::CudaBlas;

thread_local! {
    /// A handle of cuBLAS for each device that this thread works on.
    static HANDLES: RefCell<HashMap<usize, Blas>> = RefCell::new(HashMap::new());
    /// Tables that lie on a device: sets of equally many points have the same in every step.
    static TABLES: RefCell<HashMap<(usize, Vec<u32>), Room>> = RefCell::new(HashMap::new());
}

/// A GPU, and kernels on its default queue. Failures of the GPU are panics, as they are in dfdx.
#[derive(Clone)]
pub(crate) struct Gpu(Arc<Device>);

impl From<&Seen> for Gpu {
    fn from(seen: &Seen) -> Self {
        Self(Arc::clone(&seen.device))
    }
}

/// Tables that are kept at most, by a thread.
const KEPT: usize = 256;

/// Memory of the device.
#[derive(Clone)]
pub(crate) struct Room(Arc<CudaSlice<u32>>);

impl Held for Room {
    fn at(&self) -> Ptr {
        *self.0.device_ptr()
    }
}

impl Gpu {
    /// Two values of four bytes at the start of a room, read as one of double precision.
    pub fn double(&self, room: &Room) -> f64 {
        let mut halves = [0u32; 2];
        count_from_device(size_of_val(&halves));
        let copied = self.0.dtoh_sync_copy_into(&*room.0, &mut halves);
        copied.unwrap_or_else(|why| panic!("the GPU cannot be read: {why}"));
        f64::from_bits(u64::from(halves[0]) | u64::from(halves[1]) << 32)
    }
}

impl Driver for Gpu {
    type Held = Room;

    fn launch(&self, kernel: &'static str, [x, y]: [u32; 2], block: u32, args: &[Arg]) {
        let module = MODULES.iter().find(|m| m.kernels.contains(&kernel));
        let module = module.unwrap_or_else(|| panic!("there is no kernel '{kernel}'"));
        if !self.0.has_func(module.name, kernel) {
            let loaded = self.0.load_ptx(Ptx::from_src(module.ptx), module.name, module.kernels);
            loaded.unwrap_or_else(|why| panic!("the GPU does not take the kernels of '{}': {why}", module.name));
        }
        let config = LaunchConfig { grid_dim: (x, y, 1), block_dim: (block, 1, 1), shared_mem_bytes: 0 };
        let mut args = Args::new(args);
        let started = self.0.get_func(module.name, kernel).map(|function| {
            // SAFETY: operations give each kernel what it takes, on memory that is as long as they say; the same kernels run on the host in
            // tests, with a sanitizer. The memory lives until the queue has passed: it is freed in the order of the queue.
            unsafe { function.launch(config, &mut args.pointers()) }
        });
        match started {
            Some(Ok(())) => {}
            Some(Err(why)) => panic!("the GPU does not start '{kernel}': {why}"),
            None => panic!("the GPU has lost the kernel '{kernel}'"),
        }
    }

    /// cuBLAS counts columns first: the transpose of the product is that of the transposes in the other order.
    fn product(&self, a: Matrix, b: Matrix, out: Ptr, accumulate: bool) {
        let ((rows, inner), (_, columns)) = (a.shape(), b.shape());
        if rows * columns == 0 {
            return;
        }
        let long = |n: usize| c_int::try_from(n).unwrap_or_else(|_| panic!("{n} rows are too many for a product"));
        let side = |m: &Matrix| {
            let transposed = if m.transposed { cublasOperation_t::CUBLAS_OP_T } else { cublasOperation_t::CUBLAS_OP_N };
            (transposed, m.at as *const f32, long(m.cols.max(1)))
        };
        let ((of_a, a, lda), (of_b, b, ldb)) = (side(&a), side(&b));
        let (one, beta) = (1.0f32, if accumulate { 1.0f32 } else { 0.0 });
        HANDLES.with_borrow_mut(|handles| {
            let new = || Blas::new(Arc::clone(&self.0)).unwrap_or_else(|why| panic!("cuBLAS cannot be opened: {why}"));
            let handle = handles.entry(Arc::as_ptr(&self.0).addr()).or_insert_with(new);
            // SAFETY: the matrices lie on the device, as long as their shapes say, which the caller has.
            let done = unsafe {
                sgemm(
                    *handle.handle(),
                    of_b,
                    of_a,
                    long(columns),
                    long(rows),
                    long(inner),
                    &one,
                    b,
                    ldb,
                    a,
                    lda,
                    &beta,
                    out as *mut f32,
                    long(columns),
                )
            };
            done.unwrap_or_else(|why| panic!("a product fails on the GPU: {why}"));
        });
    }

    fn room(&self, n: usize) -> Room {
        // SAFETY: kernels write what they read of it, first.
        let room = unsafe { self.0.alloc::<u32>(n.max(1)) };
        Room(Arc::new(room.unwrap_or_else(|why| panic!("the GPU has no memory for {n} values more: {why}"))))
    }

    fn upload(&self, positions: &[u32]) -> Room {
        TABLES.with_borrow_mut(|tables| {
            let key = (Arc::as_ptr(&self.0).addr(), positions.to_vec());
            if let Some(room) = tables.get(&key) {
                return room.clone();
            }
            count_to_device(size_of_val(positions));
            let held = self.0.htod_sync_copy(positions);
            let room = Room(Arc::new(held.unwrap_or_else(|why| panic!("the GPU has no memory for a table: {why}"))));
            if tables.len() == KEPT {
                tables.clear();
            }
            tables.insert(key, room.clone());
            room
        })
    }
}
