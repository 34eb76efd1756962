//! Which device a run computes on.

use super::error::CliError;

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
