//! Which device a run computes on.

use super::error::CliError;
use semola_engine::Backend;

/// A chosen device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Cpu,
    /// An NVIDIA GPU by number.
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "only CUDA builds choose it"))]
    Cuda(usize),
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

/// Work that any device can do.
pub trait Job {
    type Output;

    /// Does it.
    fn run(self, device: &Backend) -> Result<Self::Output, CliError>;
}

/// Does work on a device.
pub fn run_on<J: Job>(choice: Choice, job: J) -> Result<J::Output, CliError> {
    // A device that runs out of memory panics inside dfdx; that is a failure, not a crash.
    let work = std::panic::AssertUnwindSafe(|| match choice {
        Choice::Cpu => job.run(&Backend::default()),
        #[cfg(feature = "cuda")]
        Choice::Cuda(n) => job.run(&Backend::Cuda(crate::engine::cuda::open(n).map_err(CliError::Failed)?)),
        #[cfg(not(feature = "cuda"))]
        Choice::Cuda(_) => Err(CliError::Failed("this program was built without CUDA".to_owned())),
    });
    let failed = |panic: Box<dyn std::any::Any + Send>| format!("the device failed: {}", words(&*panic));
    std::panic::catch_unwind(work).unwrap_or_else(|panic| Err(CliError::Failed(failed(panic))))
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "no reason given".to_owned())
}

/// Sizes the pool of threads, all cores if nothing is said. Before anything else: the first use of the pool would size it.
pub fn start_threads(threads: Option<u32>) -> Result<(), CliError> {
    let threads = threads.map_or(0, |t| t as usize);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| CliError::Failed(format!("cannot start {threads} threads: {e}")))
}

/// Reads `auto`, `cpu`, `cuda` or `cuda:N` and looks whether it is there.
pub fn choose(wish: &str) -> Result<Choice, CliError> {
    let number = match wish {
        "cpu" => return Ok(Choice::Cpu),
        "auto" => return Ok(available().map_or(Choice::Cpu, |()| gpu(0))),
        "cuda" => 0,
        other => other.strip_prefix("cuda:").and_then(|n| n.parse().ok()).ok_or_else(|| {
            CliError::Usage(format!("--device '{other}' is none of auto, cpu, cuda, cuda:N (N a number from 0)"))
        })?,
    };
    match available() {
        Ok(()) => Ok(gpu(number)),
        Err(why) => Err(CliError::Usage(format!("--device {wish}: {why}; use --device cpu"))),
    }
}

#[cfg(feature = "cuda")]
fn gpu(number: usize) -> Choice {
    Choice::Cuda(number)
}

#[cfg(not(feature = "cuda"))]
fn gpu(_: usize) -> Choice {
    Choice::Cpu
}

/// Whether a GPU can be used, or why not.
#[cfg(feature = "cuda")]
pub fn available() -> Result<(), String> {
    crate::engine::cuda::available()
}

/// Whether a GPU can be used, or why not.
#[cfg(not(feature = "cuda"))]
pub fn available() -> Result<(), String> {
    Err("this program was built without CUDA (see docs/cuda.md)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_understood_or_refused() {
        assert_eq!(choose("cpu").unwrap(), Choice::Cpu);
        assert!(choose("auto").is_ok());
        let refused = choose("gpu").unwrap_err().to_string();
        assert!(refused.contains("'gpu' is none of auto, cpu, cuda"), "{refused}");
    }
}
