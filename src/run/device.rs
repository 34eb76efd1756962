//! The device that a run computes on.

use semola_data::{Blame, Fault};

use semola_engine::Backend;

/// A chosen device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    Cpu,
    /// An NVIDIA GPU by number.
    Cuda(usize),
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    #[error("--device '{0}' is none of auto, cpu, cuda, cuda:N (N a number from 0)")]
    Unknown(String),
    #[error("--device {wish}: {why}; use --device cpu")]
    Unavailable { wish: String, why: String },
    #[error("{0}")]
    Open(String),
    /// Such as a GPU that runs out of memory.
    #[error("the device failed: {0}")]
    Failed(String),
    #[error("cannot start {threads} threads: {source}")]
    Threads { threads: usize, source: rayon::ThreadPoolBuildError },
}

impl Fault for DeviceError {
    fn blame(&self) -> Blame {
        match self {
            Self::Unknown(_) | Self::Unavailable { .. } => Blame::Pipeline,
            Self::Open(_) | Self::Failed(_) | Self::Threads { .. } => Blame::Run,
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

impl Device {
    /// The first usable GPU, otherwise the CPU.
    pub fn auto() -> Self {
        available().map_or(Self::Cpu, |()| Self::Cuda(0))
    }

    /// Parses `auto`, `cpu`, `cuda` or `cuda:N` and checks that the device exists.
    ///
    /// # Errors
    /// If the text is none of these, or there is no such device.
    pub fn choose(wish: &str) -> Result<Self, DeviceError> {
        let number = match wish {
            "cpu" => return Ok(Self::Cpu),
            "auto" => return Ok(Self::auto()),
            "cuda" => 0,
            other => other
                .strip_prefix("cuda:")
                .and_then(|n| n.parse().ok())
                .ok_or_else(|| DeviceError::Unknown(other.to_owned()))?,
        };
        match available() {
            Ok(()) => Ok(Self::Cuda(number)),
            Err(why) => Err(DeviceError::Unavailable { wish: wish.to_owned(), why }),
        }
    }

    /// What computes matrix products on this machine: its last bits are those of all machines of this kind.
    pub fn products(self) -> &'static str {
        match self {
            Self::Cpu => semola_engine::ops::product::instructions(),
            Self::Cuda(_) => "cublas",
        }
    }

    /// Runs a closure on the device.
    ///
    /// # Errors
    /// Those of the closure; if the device cannot be opened, or fails.
    pub fn run<T, E: From<DeviceError>>(self, work: impl FnOnce(&Backend) -> Result<T, E>) -> Result<T, E> {
        // A device that runs out of memory panics inside dfdx; that is a failure, not a crash.
        let work = std::panic::AssertUnwindSafe(|| work(&self.open()?));
        std::panic::catch_unwind(work).unwrap_or_else(|panic| Err(DeviceError::Failed(words(&*panic)).into()))
    }

    fn open(self) -> Result<Backend, DeviceError> {
        match self {
            Self::Cpu => Ok(Backend::default()),
            #[cfg(feature = "cuda")]
            Self::Cuda(n) => Ok(Backend::Cuda(semola_engine::cuda::open(n).map_err(DeviceError::Open)?)),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda(_) => Err(DeviceError::Open("this program was built without CUDA".to_owned())),
        }
    }
}

/// The message of a panic.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "no reason given".to_owned())
}

/// Threads for each core beyond which more are only in each other's way: a thousand on two cores take minutes for seconds of
/// work. Their number changes no result.
const THREADS_A_CORE: usize = 4;

/// Sizes the thread pool of this process; all cores by default. Call it first: the first use of the pool would size it.
/// Returns a note if fewer threads than asked for were started.
///
/// # Errors
/// If the pool was sized already, or the system refuses.
pub fn start_threads(threads: Option<u32>) -> Result<Option<String>, DeviceError> {
    let variable = || std::env::var("RAYON_NUM_THREADS").ok()?.parse().ok();
    let wanted = threads.map(|t| t as usize).or_else(variable).unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = cores.saturating_mul(THREADS_A_CORE);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(wanted.min(most)).build_global();
    pool.map_err(|source| DeviceError::Threads { threads: wanted.min(most), source })?;
    let words = || format!("{wanted} threads on {cores} cores would only be in each other's way: {most} are used");
    Ok((wanted > most).then(words))
}

/// Whether a GPU can be used, or why not.
///
/// # Errors
/// The reason, in words.
#[cfg(feature = "cuda")]
pub fn available() -> Result<(), String> {
    semola_engine::cuda::available()
}

/// Whether a GPU can be used, or why not.
///
/// # Errors
/// The reason, in words.
#[cfg(not(feature = "cuda"))]
pub fn available() -> Result<(), String> {
    Err("this program was built without CUDA (see docs/cuda.md)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_understood_or_refused() {
        assert_eq!(Device::choose("cpu").unwrap(), Device::Cpu);
        assert!(Device::choose("auto").is_ok());
        let refused = Device::choose("gpu").unwrap_err().to_string();
        assert!(refused.contains("'gpu' is none of auto, cpu, cuda"), "{refused}");
    }
}
