//! The device that a program computes on, chosen once at run time.

use dfdx::tensor::Cpu;
#[cfg(feature = "cuda")]
use dfdx::tensor::Cuda;

/// An open device.
#[derive(Debug, Clone)]
pub enum Backend {
    Cpu(Cpu),
    #[cfg(feature = "cuda")]
    Cuda(Cuda),
}

impl Default for Backend {
    /// The CPU.
    fn default() -> Self {
        Self::Cpu(Cpu::default())
    }
}

/// Runs code on the device behind a [`Backend`]: the only place that names all of them.
macro_rules! on_device {
    ($backend:expr, $device:ident => $work:expr) => {
        match $backend {
            $crate::backend::Backend::Cpu($device) => $work,
            #[cfg(feature = "cuda")]
            $crate::backend::Backend::Cuda($device) => $work,
        }
    };
}

pub(crate) use on_device;
