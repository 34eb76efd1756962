//! Large blocks of memory that lie in a file: data larger than memory.
//!
//! [`Allocator`] is the system's, until [`start`] is called. From then on large blocks are parts of one file without a name, mapped into
//! memory. The system keeps in memory what is in use, and a thread lets go of mapped pages whenever the process holds more than
//! its limit: they stay in the file, and while there is room in the system's cache. Nothing else in the program differs, so that results
//! are the same, bit for bit.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io;
use std::path::Path;

/// For `#[global_allocator]`.
pub struct Allocator;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub use mapped::{blocks_of_data, start};

/// Nothing can be kept in a file on this system.
///
/// # Errors
/// Always.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn start(_: &Path, _: u64) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Has no effect on this system.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn blocks_of_data(_: bool) {}

// SAFETY: every block is the system allocator's.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod mapped {
    use super::{Allocator, GlobalAlloc, Layout, Path, System, io};
    use std::cell::UnsafeCell;
    use std::fs::{File, OpenOptions, remove_file};
    use std::os::fd::{AsRawFd, IntoRawFd};
    use std::os::unix::fs::FileExt;
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    /// Blocks from here on lie in the file while data is read and prepared, and otherwise, in bytes.
    const WHILE_LOADING: usize = 1 << 20;
    const OTHERWISE: usize = 32 << 20;
    /// Blocks at most; further ones are the system's.
    const MOST: usize = 1 << 14;
    const PAGE: usize = 4096;
    /// Share of the limit from which on mapped pages are let go, and how often that is asked. Rows that are read in random order map sixteen
    /// pages each, until they are let go: a share for a batch is left.
    const SHARE_WHILE_LOADING: f64 = 0.8;
    const SHARE_OTHERWISE: f64 = 0.6;
    const GLANCE: Duration = Duration::from_millis(4);
    /// How often at most freed small blocks are given back to the system.
    const TRIM: Duration = Duration::from_millis(100);

    static FROM: AtomicUsize = AtomicUsize::new(usize::MAX);
    static FILE: AtomicI32 = AtomicI32::new(-1);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static BLOCKS: Blocks = Blocks {
        locked: AtomicBool::new(false),
        live: AtomicUsize::new(0),
        all: UnsafeCell::new([Block { start: 0, len: 0, offset: 0 }; MOST]),
    };

    /// A part of the file, and where it is mapped.
    #[derive(Clone, Copy)]
    struct Block {
        start: usize,
        len: usize,
        offset: u64,
    }

    /// All blocks; the first `live` of them count.
    struct Blocks {
        locked: AtomicBool,
        live: AtomicUsize,
        all: UnsafeCell<[Block; MOST]>,
    }

    // SAFETY: `all` is touched by the holder of the lock only.
    unsafe impl Sync for Blocks {}

    impl Blocks {
        /// Alone with the blocks that count and their number. An allocator may not wait for a lock that allocates.
        fn alone<R>(&self, work: impl FnOnce(&mut [Block; MOST], &mut usize) -> R) -> R {
            while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
                std::hint::spin_loop();
            }
            let mut live = self.live.load(Ordering::Relaxed);
            // SAFETY: the lock is held until the last line, and no reference leaves `work`.
            let result = work(unsafe { &mut *self.all.get() }, &mut live);
            self.live.store(live, Ordering::Relaxed);
            self.locked.store(false, Ordering::Release);
            result
        }

        fn add(&self, block: Block) -> bool {
            self.alone(|all, live| match all.get_mut(*live) {
                Some(free) => {
                    (*free, *live) = (block, *live + 1);
                    true
                }
                None => false,
            })
        }

        fn find(&self, start: usize) -> Option<Block> {
            self.alone(|all, live| all[..*live].iter().find(|b| b.start == start).copied())
        }

        fn remove(&self, start: usize) -> Option<Block> {
            self.alone(|all, live| {
                let at = all[..*live].iter().position(|b| b.start == start)?;
                let removed = all[at];
                *live -= 1;
                all[at] = all[*live];
                Some(removed)
            })
        }

        /// Lets go of all mapped pages; what was written to them is read back when they are touched.
        fn let_go(&self) {
            self.alone(|all, live| {
                for block in &all[..*live] {
                    // SAFETY: the block is mapped: it leaves the list before it is unmapped. A shared mapping of a file loses nothing.
                    unsafe { libc::madvise(block.start as *mut libc::c_void, block.len, libc::MADV_DONTNEED) };
                }
            });
        }
    }

    /// From now on large blocks lie in a file in this folder, and the process holds no more memory than `limit`, in bytes, as far as
    /// these blocks are concerned. It holds for the whole process, which has to have [`Allocator`]; a second call changes nothing.
    ///
    /// # Errors
    /// The file cannot be made, or its file system does not reserve space in it.
    pub fn start(folder: &Path, limit: u64) -> io::Result<()> {
        static STARTED: Once = Once::new();
        if FILE.load(Ordering::Relaxed) >= 0 {
            return Ok(());
        }
        let path = folder.join(format!(".semola-data-{}", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        remove_file(&path)?;
        let statm = File::open("/proc/self/statm")?;
        reserve(file.as_raw_fd(), 0, PAGE)?;
        give_back(file.as_raw_fd(), 0, PAGE)?;
        STARTED.call_once(|| {
            FILE.store(file.into_raw_fd(), Ordering::Relaxed);
            std::thread::spawn(move || watch(&statm, limit as f64));
            FROM.store(WHILE_LOADING, Ordering::Relaxed);
        });
        Ok(())
    }

    /// Keeps the process below a share of this many bytes.
    fn watch(statm: &File, limit: f64) {
        let is_above = || {
            let loads = FROM.load(Ordering::Relaxed) == WHILE_LOADING;
            let share = if loads { SHARE_WHILE_LOADING } else { SHARE_OTHERWISE };
            resident(statm).is_some_and(|bytes| bytes as f64 > share * limit)
        };
        let mut trimmed = Instant::now();
        loop {
            std::thread::sleep(GLANCE);
            if !is_above() {
                continue;
            }
            BLOCKS.let_go();
            if trimmed.elapsed() > TRIM && is_above() {
                // SAFETY: it locks what it changes, and gives back freed memory only.
                unsafe { libc::malloc_trim(0) };
                trimmed = Instant::now();
            }
        }
    }

    /// Whether blocks of some MB hold data, as while it is read and prepared, and not what a training step uses. Has no effect unless
    /// [`start`]ed.
    pub fn blocks_of_data(some: bool) {
        if FILE.load(Ordering::Relaxed) >= 0 {
            FROM.store(if some { WHILE_LOADING } else { OTHERWISE }, Ordering::Relaxed);
        }
    }

    /// Memory that the process holds, bytes.
    fn resident(statm: &File) -> Option<usize> {
        let mut text = [0u8; 64];
        let read = statm.read_at(&mut text, 0).ok()?;
        let text = std::str::from_utf8(text.get(..read)?).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse::<usize>().ok().map(|pages| pages * PAGE)
    }

    /// Sets space aside, so that writing to it cannot fail later.
    fn reserve(file: i32, offset: u64, len: usize) -> io::Result<()> {
        // SAFETY: a call on an open file, with numbers that are no pointers.
        done(unsafe { libc::fallocate(file, 0, offset as libc::off_t, len as libc::off_t) })
    }

    fn give_back(file: i32, offset: u64, len: usize) -> io::Result<()> {
        let hole = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: as in `reserve`.
        done(unsafe { libc::fallocate(file, hole, offset as libc::off_t, len as libc::off_t) })
    }

    fn done(code: i32) -> io::Result<()> {
        if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// A block in the file; `None` where there is no room.
    fn mapped(layout: Layout) -> Option<*mut u8> {
        let file = FILE.load(Ordering::Relaxed);
        let len = layout.size().checked_next_multiple_of(PAGE)?;
        if file < 0 || layout.align() > PAGE {
            return None;
        }
        // No part of the file is used twice, so that a new block holds zeros.
        let offset = NEXT.fetch_add(len as u64, Ordering::Relaxed);
        reserve(file, offset, len).ok()?;
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping of a part of the file that was set aside; nothing else uses its address or that part.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, access, kind, file, offset as libc::off_t) };
        if start == libc::MAP_FAILED {
            let _ = give_back(file, offset, len);
            return None;
        }
        let block = Block { start: start as usize, len, offset };
        if !BLOCKS.add(block) {
            unmap(block);
            return None;
        }
        Some(start.cast())
    }

    fn unmap(block: Block) {
        // SAFETY: the block is mapped and has left the list, and its owner has given it up.
        unsafe { libc::munmap(block.start as *mut libc::c_void, block.len) };
        // What is not given back goes with the file.
        let _ = give_back(FILE.load(Ordering::Relaxed), block.offset, block.len);
    }

    /// Whether a block of this size may lie in the file.
    fn may_be_mapped(size: usize) -> bool {
        size >= WHILE_LOADING && BLOCKS.live.load(Ordering::Relaxed) > 0
    }

    fn is_large(layout: Layout) -> bool {
        layout.size() >= FROM.load(Ordering::Relaxed)
    }

    // SAFETY: a block is either the system allocator's or a mapping of its own, which the list of blocks tells; a mapping is aligned to
    // pages, as long as it was asked for, and stays until it is given up. Nothing here allocates or panics.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let own = if is_large(layout) { mapped(layout) } else { None };
            // SAFETY: the caller keeps the contract of `GlobalAlloc`.
            own.unwrap_or_else(|| unsafe { System.alloc(layout) })
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            let own = if is_large(layout) { mapped(layout) } else { None };
            // SAFETY: as in `alloc`; new mappings hold zeros.
            own.unwrap_or_else(|| unsafe { System.alloc_zeroed(layout) })
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            match if may_be_mapped(layout.size()) { BLOCKS.remove(block as usize) } else { None } {
                Some(own) => unmap(own),
                // SAFETY: it is no mapping, so it is the system allocator's.
                None => unsafe { System.dealloc(block, layout) },
            }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            let own = if may_be_mapped(layout.size()) { BLOCKS.find(block as usize) } else { None };
            if own.is_some_and(|own| (WHILE_LOADING..=own.len).contains(&size)) {
                return block;
            }
            // SAFETY: the caller gives a size that makes a layout.
            let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
            if own.is_none() && !is_large(new) {
                // SAFETY: it is no mapping, so it is the system allocator's.
                return unsafe { System.realloc(block, layout, size) };
            }
            // SAFETY: two blocks that do not overlap, each as long as what is copied.
            unsafe {
                let moved = self.alloc(new);
                if !moved.is_null() {
                    std::ptr::copy_nonoverlapping(block, moved, size.min(layout.size()));
                    self.dealloc(block, layout);
                }
                moved
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn layout(size: usize) -> Layout {
            Layout::from_size_align(size, 16).unwrap()
        }

        /// One test: what it sets holds for the process. Blocks are asked for by hand; the tests' own allocator is the system's.
        #[test]
        fn large_blocks_lie_in_a_file_and_survive_being_let_go() {
            let missing = start(Path::new("/nowhere/at/all"), 1 << 30).unwrap_err();
            assert_eq!(missing.kind(), io::ErrorKind::NotFound);
            let folder = std::env::temp_dir();
            start(&folder, 1 << 40).unwrap();
            start(&folder, 1).unwrap();
            let (large, all) = (3 << 20, Allocator);
            // SAFETY: blocks are used within their size, and given back once.
            unsafe {
                let block = all.alloc(layout(large));
                assert!(BLOCKS.find(block as usize).is_some());
                let numbers = std::slice::from_raw_parts_mut(block, large);
                numbers.iter_mut().enumerate().for_each(|(i, v)| *v = (i % 251) as u8);
                BLOCKS.let_go();
                assert!(numbers.iter().enumerate().all(|(i, v)| *v == (i % 251) as u8));
                // Within its pages it stays; beyond, it moves with what it holds.
                assert_eq!(all.realloc(block, layout(large), large - 100), block);
                let longer = all.realloc(block, layout(large - 100), 2 * large);
                let held = std::slice::from_raw_parts(longer, large - 100);
                assert!(held.iter().enumerate().all(|(i, v)| *v == (i % 251) as u8));
                // A small rest is the system's again.
                let small = all.realloc(longer, layout(2 * large), 100);
                assert!(BLOCKS.find(small as usize).is_none());
                assert_eq!(std::slice::from_raw_parts(small, 100)[99], 99);
                all.dealloc(small, layout(100));
                let zeros = all.alloc_zeroed(layout(large));
                assert!(std::slice::from_raw_parts(zeros, large).iter().all(|v| *v == 0));
                all.dealloc(zeros, layout(large));
                assert_eq!(BLOCKS.live.load(Ordering::Relaxed), 0);
                // What a training step uses stays in memory.
                blocks_of_data(false);
                let step = all.alloc(layout(large));
                assert!(BLOCKS.find(step as usize).is_none());
                blocks_of_data(true);
                // It is the system's, though blocks of its size now lie in the file.
                all.dealloc(step, layout(large));
            }
            assert!(resident(&File::open("/proc/self/statm").unwrap()).unwrap() > 1 << 20);
        }
    }
}
