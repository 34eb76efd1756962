//! The engine's CUDA kernels on the host, for tests where there is no GPU.
//!
//! The same `op.cu` files that nvcc compiles are compiled by the C++ compiler. Each thread of a block is a fibre: barriers, shuffles
//! and shared memory mean what they mean on a GPU, threads and blocks come in a fixed order. A barrier that not all threads reach is an error.

use std::ffi::{CStr, c_char, c_void};

type Run = unsafe extern "C" fn(*const u32, u32, *mut *mut c_void) -> *const c_char;

#[cfg(compiled)]
include!(concat!(env!("OUT_DIR"), "/table.rs"));
#[cfg(not(compiled))]
static KERNELS: [(&str, Run); 0] = [];

/// Whether there are kernels: a C++ compiler was found when this crate was built.
pub fn is_there() -> bool {
    !KERNELS.is_empty()
}

/// The names of all kernels.
pub fn names() -> impl Iterator<Item = &'static str> {
    KERNELS.iter().map(|(name, _)| *name)
}

/// Runs a kernel in blocks of `block` threads on a grid of blocks.
///
/// # Errors
/// If there is no such kernel, or some of its threads wait for others in vain.
///
/// # Safety
/// `arguments` point to values of the types that the kernel takes, and those that are pointers to as many values as it reads and writes.
pub unsafe fn launch(kernel: &str, grid: [u32; 2], block: u32, arguments: &mut [*mut c_void]) -> Result<(), String> {
    let found = KERNELS.iter().find(|(name, _)| *name == kernel);
    let Some((_, run)) = found else { return Err(format!("there is no kernel '{kernel}'")) };
    // SAFETY: the caller vouches for the arguments; the grid is two numbers.
    let wrong = unsafe { run(grid.as_ptr(), block, arguments.as_mut_ptr()) };
    if wrong.is_null() {
        return Ok(());
    }
    // SAFETY: a literal of `host.cpp`.
    let words = unsafe { CStr::from_ptr(wrong) };
    Err(format!("kernel '{kernel}': {}", words.to_string_lossy()))
}

#[cfg(all(test, compiled))]
mod tests {
    use super::*;

    fn run(kernel: &str, grid: u32, block: u32, mut pointers: Vec<*mut c_void>) -> Result<(), String> {
        let mut arguments: Vec<*mut c_void> = pointers.iter_mut().map(|p| std::ptr::from_mut(p).cast()).collect();
        // SAFETY: each argument is a pointer to values for every thread.
        unsafe { launch(kernel, [grid, 1], block, &mut arguments) }
    }

    #[test]
    fn threads_meet_at_barriers_and_share_memory() {
        let (mut places, mut sums) = (vec![0u32; 192], vec![0u32; 192]);
        run("words_sum_of_block", 3, 64, vec![places.as_mut_ptr().cast(), sums.as_mut_ptr().cast()]).unwrap();
        assert_eq!(places, (0..192).collect::<Vec<_>>());
        let of_block = |b: u32| (b * 64..(b + 1) * 64).sum::<u32>();
        assert!(sums.iter().enumerate().all(|(i, s)| *s == of_block(i as u32 / 64)), "{sums:?}");
    }

    #[test]
    fn lanes_exchange_values_within_their_warp() {
        let mut values: Vec<i32> = (0..40).collect();
        let (mut down, mut crossed) = (vec![0; 40], vec![0; 40]);
        let pointers = [&mut values, &mut down, &mut crossed].map(|v| v.as_mut_ptr().cast());
        run("words_exchange", 1, 40, pointers.to_vec()).unwrap();
        let last = |i: i32| i == 31 || i == 39;
        assert!((0..40).all(|i| down[i as usize] == if last(i) { i } else { i + 1 }), "{down:?}");
        assert!((0..40).all(|i| crossed[i as usize] == (i ^ 3)), "{crossed:?}");
    }

    #[test]
    fn atomic_sums_count_every_thread() {
        let mut counter = 0i32;
        run("words_count", 5, 33, vec![std::ptr::from_mut(&mut counter).cast()]).unwrap();
        assert_eq!(counter, 165);
    }

    #[test]
    fn threads_that_wait_in_vain_and_kernels_that_are_not_there_are_errors() {
        let mut values = vec![0i32; 8];
        let wrong = run("words_lonely_barrier", 1, 8, vec![values.as_mut_ptr().cast()]).unwrap_err();
        assert!(wrong.contains("wait at a barrier that others never reach"), "{wrong}");
        assert!(run("nothing", 1, 1, Vec::new()).unwrap_err().contains("no kernel 'nothing'"));
    }
}
