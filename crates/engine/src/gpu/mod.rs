//! What operations need of a GPU: kernels that are started on memory of the device, and matrix products.
//!
//! Each operation has its kernels in `op.cu` and starts them in `gpu.rs`, on any [`Driver`]: that of CUDA, or that of tests, which runs the
//! same kernels on the host (`crates/cuda-on-host`). Nothing here copies values between host and device but small tables of positions
//! ([`Driver::upload`]), which are known before a pass.

#[cfg(test)]
pub(crate) mod host;

use std::ffi::c_void;

/// The address of values on the device.
pub(crate) type Ptr = u64;

/// Threads of a block.
pub(crate) const BLOCK: u32 = 256;
/// Blocks at most where threads work on many values each.
const MOST_BLOCKS: u32 = 1024;
/// Columns that a block of `column_sums` is for.
const COLUMNS: u32 = 32;

/// An argument of a kernel.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Values(Ptr),
    Count(usize),
    Kind(i32),
    Number(f32),
    /// Fields of four bytes, one after the other.
    Struct(Vec<u32>),
}

/// Kernel arguments as the driver takes them.
pub(crate) struct Args(Vec<Vec<u64>>);

impl Args {
    pub fn new(args: &[Arg]) -> Self {
        // Numbers of four bytes are in the first half of eight, on every machine with a GPU.
        let two = |pair: &[u32]| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32;
        let bits = |arg: &Arg| match arg {
            Arg::Values(at) => vec![*at],
            Arg::Count(n) => {
                vec![u64::from(u32::try_from(*n).unwrap_or_else(|_| panic!("{n} values are too many for a kernel")))]
            }
            Arg::Kind(kind) => vec![u64::from(kind.cast_unsigned())],
            Arg::Number(number) => vec![u64::from(number.to_bits())],
            Arg::Struct(fields) => fields.chunks(2).map(two).collect(),
        };
        Self(args.iter().map(bits).collect())
    }

    /// A pointer to each.
    pub fn pointers(&mut self) -> Vec<*mut c_void> {
        self.0.iter_mut().map(|value| value.as_mut_ptr().cast()).collect()
    }
}

/// A matrix on the device, row by row, or its transpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix {
    pub at: Ptr,
    /// As it lies in memory.
    pub rows: usize,
    pub cols: usize,
    pub transposed: bool,
}

impl Matrix {
    pub fn new(at: Ptr, rows: usize, cols: usize) -> Self {
        Self { at, rows, cols, transposed: false }
    }

    /// The transpose, without moving anything.
    pub fn t(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// Rows and columns as they are multiplied.
    pub fn shape(&self) -> (usize, usize) {
        if self.transposed { (self.cols, self.rows) } else { (self.rows, self.cols) }
    }
}

/// Memory that lives as long as this.
pub(crate) trait Held {
    fn at(&self) -> Ptr;
}

/// A device.
pub(crate) trait Driver {
    type Held: Held;

    /// Starts a kernel on a grid of blocks.
    fn launch(&self, kernel: &'static str, grid: [u32; 2], block: u32, args: &[Arg]);

    /// `out = a b`, or `out += a b`; row-major.
    fn product(&self, a: Matrix, b: Matrix, out: Ptr, accumulate: bool);

    /// Room for values of four bytes, whatever they are.
    fn room(&self, n: usize) -> Self::Held;

    /// A table of positions.
    fn upload(&self, positions: &[u32]) -> Self::Held;

    /// Starts a kernel whose threads work on `n` values.
    fn each(&self, kernel: &'static str, n: usize, args: &[Arg]) {
        if n > 0 {
            self.launch(kernel, [blocks(n), 1], BLOCK, args);
        }
    }

    /// Starts a kernel of [`column_sums`](self) over a matrix.
    fn columns(&self, kernel: &'static str, columns: usize, args: &[Arg]) {
        if columns > 0 {
            self.launch(kernel, [(columns as u32).div_ceil(COLUMNS), 1], BLOCK, args);
        }
    }
}

/// Blocks for so many values.
pub(crate) fn blocks(n: usize) -> u32 {
    u32::try_from(n.div_ceil(BLOCK as usize)).unwrap_or(MOST_BLOCKS).min(MOST_BLOCKS)
}

/// Threads of a block that works on a row of this width: a power of two.
pub(crate) fn threads(width: usize) -> u32 {
    (width.clamp(1, BLOCK as usize) as u32).next_power_of_two().min(BLOCK)
}
