//! `semola-pipe env`.

use serde_json::json;

use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::run::{available, versions};

/// Prints the build and the machine that it runs on.
pub fn environment(as_json: bool, printer: &Printer) -> Result<(), CliError> {
    let cuda = available();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let built_with_cuda = cfg!(feature = "cuda");
    let simd = simd();
    let facts = json!({
        "versions": versions(),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "threads": threads,
        "simd": simd,
        "built_with_cuda": built_with_cuda,
        "cuda_available": cuda.is_ok(),
        "cuda_message": cuda.err(),
    });
    if as_json {
        return super::say_json(printer, &facts);
    }
    let mut text = String::new();
    for (name, version) in versions() {
        text += &format!("{name:<16} {version}\n");
    }
    text += &format!("{:<16} {} {}\n", "machine", std::env::consts::OS, std::env::consts::ARCH);
    text += &format!("{:<16} {threads}\n{:<16} {}\n", "threads", "simd", simd.join(" "));
    text += &match facts["cuda_message"].as_str() {
        None => format!("{:<16} available\n", "cuda"),
        Some(why) => format!("{:<16} no: {why}\n", "cuda"),
    };
    super::say(printer, &text)
}

/// Vector instructions that the kernels can use here.
fn simd() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    {
        let all = [
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ];
        all.into_iter().filter(|f| f.1).map(|f| f.0).collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}
