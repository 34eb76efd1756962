//! Where dfdx keeps its values, and how many it copies.
//!
//! dfdx 0.13 hands out no addresses of its tensors on a GPU. But every copy between host and device goes through this crate, and a copy
//! that is asked for inside [`look`] is not made: its address on the device is the answer.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dynamic::driver::CudaDevice;
use dynamic::driver::sys::CUdeviceptr;

/// An address, and the device that it belongs to.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: CUdeviceptr,
    pub device: Arc<CudaDevice>,
}

enum Look {
    No,
    Asked,
    Answered(Seen),
}

thread_local! {
    static LOOK: RefCell<Look> = const { RefCell::new(Look::No) };
}

/// Ends a look, however it ends.
struct Asked;

impl Drop for Asked {
    fn drop(&mut self) {
        LOOK.with(|look| *look.borrow_mut() = Look::No);
    }
}

/// The address at which `copy` would have read or written values on a device; `None` if it has asked for no copy.
pub fn look(copy: impl FnOnce()) -> Option<Seen> {
    let _asked = Asked;
    LOOK.with(|look| *look.borrow_mut() = Look::Asked);
    copy();
    match LOOK.with(|look| look.replace(Look::No)) {
        Look::Answered(seen) => Some(seen),
        Look::No | Look::Asked => None,
    }
}

/// Whether somebody looks, who then gets this address. The first copy of a look is meant.
pub(crate) fn is_looked_at(at: CUdeviceptr, device: &Arc<CudaDevice>) -> bool {
    LOOK.with(|look| {
        let mut look = look.borrow_mut();
        let asked = matches!(*look, Look::Asked);
        if asked {
            *look = Look::Answered(Seen { at, device: Arc::clone(device) });
        }
        asked
    })
}

/// Copies between host and device since the program's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transfers {
    pub to_device: u64,
    pub bytes_to_device: u64,
    pub from_device: u64,
    pub bytes_from_device: u64,
}

static COUNTS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// How many there were.
pub fn transfers() -> Transfers {
    let [to_device, bytes_to_device, from_device, bytes_from_device] =
        COUNTS.each_ref().map(|count| count.load(Ordering::Relaxed));
    Transfers { to_device, bytes_to_device, from_device, bytes_from_device }
}

/// Counts a copy to the device.
pub fn count_to_device(bytes: usize) {
    count(0, bytes);
}

/// Counts a copy from the device.
pub fn count_from_device(bytes: usize) {
    count(2, bytes);
}

fn count(first: usize, bytes: usize) {
    COUNTS[first].fetch_add(1, Ordering::Relaxed);
    COUNTS[first + 1].fetch_add(bytes as u64, Ordering::Relaxed);
}
