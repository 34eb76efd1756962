//! NVIDIA GPUs through dfdx's CUDA device.
//!
//! Operations have kernels of their own, built in as PTX, or are the composition of stock dfdx operations that [`crate::ops`] gives by
//! default. None of them compiles CUDA code at run time, so that neither a toolkit nor a compiler is needed where the program runs: the
//! compositions avoid `stack`, `concat`, `to_dtype` and from reshaping tensors that are not contiguous.
//!
//! The driver and cuBLAS are loaded when first called (see `crates/cudarc-dynamic`). Where they are missing the calls
//! panic inside cudarc; [`open`] turns that into an error message.

mod driver;
pub(crate) mod tape;

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use dfdx::prelude::*;
use dfdx::tensor::Cuda;

use crate::Kernels;

impl Kernels for Cuda {
    /// A separate queue and cuBLAS handle on the same GPU: dfdx switches the handle's queue during a backward pass,
    /// so that two threads must not work through the same one. Panics where the GPU has no memory left, as dfdx does.
    fn for_one_thread(&self) -> Self {
        let opened =
            Storage::<f32>::try_alloc_len(self, 1).and_then(|probe| Self::try_build(probe.device().ordinal(), 0));
        opened.unwrap_or_else(|e| panic!("cannot open the GPU for one more network: {e}"))
    }
}

/// Whether the first GPU can be used, or in one clear sentence why not.
///
/// # Errors
/// As [`open`].
pub fn available() -> Result<(), String> {
    open(0).map(drop)
}

/// Opens a GPU by its number and lets it do a small calculation.
///
/// # Errors
/// One sentence that says what is missing: the driver, a GPU (of that number), cuBLAS, memory, or a driver or GPU new
/// enough for the kernels that were compiled in.
pub fn open(ordinal: usize) -> Result<Cuda, String> {
    quietly(|| {
        let device = Cuda::try_build(ordinal, 0).map_err(|e| e.to_string())?;
        calculates(&device).then_some(device).ok_or_else(|| "it calculates wrongly".to_owned())
    })
    .map_err(|reason| explain(ordinal, &reason))
}

/// A product (cuBLAS) and a scaling (a compiled-in kernel) with a known outcome.
fn calculates(device: &Cuda) -> bool {
    let a = device.tensor_from_vec(vec![1.0f32, 2.0, 3.0, 4.0], (2, 2));
    (a.clone().matmul(a) * 0.5).as_vec() == [3.5, 5.0, 7.5, 11.0]
}

/// Runs `f` and returns the message of a panic as an error, with nothing printed. The panic hook belongs to the whole
/// process: this is for a program's start, before other threads have work.
fn quietly<R>(f: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(AssertUnwindSafe(f));
    panic::set_hook(hook);
    outcome.unwrap_or_else(|payload| Err(words(&*payload)))
}

fn words(payload: &(dyn Any + Send)) -> String {
    let known =
        payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    known.unwrap_or("an unknown failure").to_owned()
}

/// Translates cudarc's message for the user.
fn explain(ordinal: usize, reason: &str) -> String {
    let known = [
        ("load the \"cuda\"", "there is no NVIDIA driver on this machine (libcuda cannot be loaded)"),
        (
            "load the \"cublas\"",
            "libcublas cannot be loaded; put the folder that holds it on LD_LIBRARY_PATH (see docs/cuda.md)",
        ),
        ("CUDA_ERROR_NO_DEVICE", "the NVIDIA driver sees no GPU (is CUDA_VISIBLE_DEVICES set?)"),
        ("CUDA_ERROR_INVALID_DEVICE", "there is no GPU of that number (nvidia-smi lists them)"),
        ("CUDA_ERROR_OUT_OF_MEMORY", "it has no free memory"),
        (
            "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
            "the NVIDIA driver is older than the CUDA toolkit of the build; update the driver",
        ),
        ("CUDA_ERROR_INVALID_PTX", "this program was built for newer GPUs; build it with a lower CUDA_COMPUTE_CAP"),
        (
            "CUDA_ERROR_NO_BINARY_FOR_GPU",
            "this program was built for newer GPUs; build it with a lower CUDA_COMPUTE_CAP",
        ),
    ];
    let meaning = known.iter().find(|(sign, _)| reason.contains(sign)).map(|(_, meaning)| *meaning);
    let meaning = meaning.unwrap_or_else(|| reason.lines().next().unwrap_or("an unknown failure"));
    format!("GPU {ordinal} cannot be used: {meaning}")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::ops::{
        adam, add, attention, augment, conv, frame, gather, invariant, join, joined, linear, loss, norm, pair, pool,
        turn,
    };
    use crate::tests::{Path, agree, training_steps};

    /// The first GPU, or a line on the terminal that the test was skipped; with SEMOLA_PIPE_NEED_CUDA set, a failure.
    fn gpu(test: &str) -> Option<Cuda> {
        let why = match open(0) {
            Ok(device) => return Some(device),
            Err(why) => why,
        };
        assert!(std::env::var_os("SEMOLA_PIPE_NEED_CUDA").is_none(), "{why}");
        // Past the test harness, which swallows what tests print.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
        None
    }

    #[test]
    fn cuda_is_there_or_one_sentence_says_why_not() {
        match open(0) {
            Ok(device) => assert!(calculates(&device) && available().is_ok()),
            Err(why) => {
                assert!(why.starts_with("GPU 0 cannot be used: ") && why.lines().count() == 1, "{why}");
                assert_eq!(available(), Err(why));
            }
        }
        assert!(open(99).is_err());
    }

    #[test]
    fn cuda_failures_are_explained() {
        let raw = "Driver(DriverError(CUDA_ERROR_NO_DEVICE, \"no CUDA-capable device is detected\"))";
        assert!(explain(2, raw).contains("GPU 2 cannot be used: the NVIDIA driver sees no GPU"));
        assert_eq!(explain(0, "something new\nand more"), "GPU 0 cannot be used: something new");
        assert_eq!(quietly(|| -> Result<(), String> { panic!("a {}", "word") }), Err("a word".to_owned()));
    }

    /// Compares an operation's test results on the GPU with those of the composition on the CPU.
    macro_rules! agrees {
        ($gpu:expr, $op:ident::$results:ident, $tolerance:expr) => {
            let expected = $op::tests::$results(&Cpu::default(), Path::Stock);
            agree(stringify!($op), $tolerance, &$op::tests::$results($gpu, Path::Device), &expected);
        };
    }

    #[test]
    fn cuda_linear_layers_agree() {
        let Some(gpu) = gpu("linear layers") else { return };
        agrees!(&gpu, linear::linear_layers, 1e-4);
    }

    #[test]
    fn cuda_augmentations_agree() {
        let Some(gpu) = gpu("augmentation") else { return };
        agrees!(&gpu, augment::augmentation, 5e-4);
    }

    #[test]
    fn cuda_operations_on_points_agree() {
        let Some(gpu) = gpu("operations on points") else { return };
        agrees!(&gpu, gather::gathered, 1e-4);
        agrees!(&gpu, add::sums, 1e-4);
        agrees!(&gpu, pool::pools, 1e-4);
        agrees!(&gpu, joined::joined_layers, 2e-4);
        agrees!(&gpu, norm::normalised, 2e-4);
        agrees!(&gpu, frame::frames, 2e-4);
        agrees!(&gpu, attention::attentions, 5e-4);
        agrees!(&gpu, pair::messages, 5e-4);
    }

    #[test]
    fn cuda_images_agree() {
        let Some(gpu) = gpu("images") else { return };
        agrees!(&gpu, conv::convolutions, 1e-4);
        agrees!(&gpu, join::joins, 1e-4);
        agrees!(&gpu, turn::turned_kernels, 1e-4);
        agrees!(&gpu, invariant::invariants, 1e-4);
    }

    #[test]
    fn cuda_losses_agree() {
        let Some(gpu) = gpu("losses") else { return };
        agrees!(&gpu, loss::every_loss, 1e-4);
    }

    #[test]
    fn cuda_optimiser_steps_agree() {
        let Some(gpu) = gpu("optimiser") else { return };
        agrees!(&gpu, adam::optimiser_steps, 1e-4);
    }

    #[test]
    fn cuda_training_agrees() {
        let Some(gpu) = gpu("training") else { return };
        agree("training", 1e-3, &training_steps(&gpu), &training_steps(&Cpu::default()));
    }

    #[test]
    fn cuda_networks_train_side_by_side() {
        let Some(gpu) = gpu("training side by side") else { return };
        let alone = training_steps(&gpu);
        std::thread::scope(|scope| {
            let together: Vec<_> = (0..4).map(|_| scope.spawn(|| training_steps(&gpu))).collect();
            for thread in together {
                agree("training side by side", 1e-3, &thread.join().unwrap(), &alone);
            }
        });
    }
}
