//! Memory that a training step has freed stays with the process for the next step.
//!
//! glibc gives large blocks back to the system when they are freed, and the system clears each page again for the step
//! after: up to a fifth of the time of a step.

/// Freed memory below this is kept, in bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 256 << 20;
/// Blocks from here on go back to the system, in bytes: the largest value that glibc takes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 32 << 20;

/// Lets the process keep freed memory, at most 256 MiB beside what it uses. It holds for the whole process and is for
/// programs to call when they start; where the system's allocator has no such setting it does nothing.
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: `mallopt` takes two numbers, locks what it changes, and refuses values that it does not know.
        unsafe {
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        }
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn the_allocator_takes_both_settings() {
        // SAFETY: as in `keep_freed`.
        let taken =
            unsafe { [libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT), libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE)] };
        assert_eq!(taken, [1, 1]);
        keep_freed();
        assert_eq!(vec![1u8; 40 << 20].iter().map(|&b| usize::from(b)).sum::<usize>(), 40 << 20);
    }
}
