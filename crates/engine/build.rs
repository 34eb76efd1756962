//! With the feature `cuda`: compiles the `op.cu` of every operation to PTX with nvcc, and writes a list of them to be built in.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// GPUs from this one on; their drivers compile PTX for what they are.
const OLDEST: &str = "-arch=compute_80";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_CUDA").is_none() {
        return Ok(());
    }
    for watched in ["src/gpu", "src/ops"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut sources: Vec<PathBuf> = fs::read_dir("src/ops")?
        .map(|folder| folder.map(|f| f.path().join("op.cu")))
        .collect::<io::Result<Vec<_>>>()?;
    sources.retain(|source| source.is_file());
    sources.sort();
    let mut listed = String::new();
    for source in &sources {
        let operation =
            source.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let ptx = out.join(format!("{operation}.ptx"));
        compile(source, &ptx)?;
        let text = fs::read_to_string(source)?;
        let names: Vec<&str> =
            text.split("KERNEL void ").skip(1).filter_map(|rest| rest.split('(').next()).map(str::trim).collect();
        listed +=
            &format!("    Module {{ name: \"{operation}\", ptx: include_str!({ptx:?}), kernels: &{names:?} }},\n");
    }
    fs::write(out.join("modules.rs"), format!("static MODULES: [Module; {}] = [\n{listed}];\n", sources.len()))
}

fn compile(source: &Path, ptx: &Path) -> io::Result<()> {
    let compiler = nvcc();
    let run = Command::new(&compiler).args(["-std=c++17", "-ptx", OLDEST, "-o"]).arg(ptx).arg(source).output();
    let run = run.map_err(|why| {
        io::Error::other(format!("{}: {why} (docs/cuda.md says what the build needs)", compiler.display()))
    })?;
    if run.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{}: {}", source.display(), String::from_utf8_lossy(&run.stderr))))
}

/// That of the toolkit that is named, or the one on the path.
fn nvcc() -> PathBuf {
    let named = ["CUDA_ROOT", "CUDA_PATH", "CUDA_HOME"].into_iter().filter_map(env::var_os);
    let of = |root| PathBuf::from(root).join("bin/nvcc");
    named.map(of).find(|nvcc| nvcc.is_file()).unwrap_or_else(|| PathBuf::from("nvcc"))
}
