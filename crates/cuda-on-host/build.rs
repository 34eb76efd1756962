//! Builds every `op.cu` of the engine with the C++ compiler, each behind a few lines that give CUDA's words their meaning, and writes the
//! list of kernels. Without a C++ compiler the list is empty.
//!
//! With SEMOLA_SANITIZE set the kernels look after their memory accesses and arithmetic (AddressSanitizer, UndefinedBehaviorSanitizer).

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(compiled)");
    println!("cargo::rerun-if-env-changed=SEMOLA_SANITIZE");
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let engine = here.join("../engine/src");
    for watched in [here.join("src"), engine.join("gpu"), engine.join("ops")] {
        println!("cargo::rerun-if-changed={}", watched.display());
    }
    let sources = sources(&engine.join("ops"), &here.join("src/words.cu"))?;
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").include(here.join("src")).opt_level(2).warnings(false);
    if env::var_os("SEMOLA_SANITIZE").is_some() {
        build.flag("-fsanitize=address,undefined").flag("-fno-sanitize-recover=all").flag("-fno-omit-frame-pointer");
        build.debug(true);
        println!("cargo::rustc-link-lib=asan");
        println!("cargo::rustc-link-lib=ubsan");
    }
    let (mut declared, mut listed, mut count) = (String::new(), String::new(), 0);
    build.file(here.join("src/host.cpp"));
    for source in &sources {
        let text = fs::read_to_string(source)?;
        let mut wrapper = format!("#include \"host.hpp\"\n#include \"{}\"\n", source.display());
        for kernel in kernels(&text) {
            wrapper += &format!(
                "static void body_{kernel}(void **a) {{ host::call({kernel}, a); }}\n\
                 extern \"C\" const char *run_{kernel}(const unsigned *grid, unsigned block, void **a) {{ return host::run(body_{kernel}, grid, block, a); }}\n"
            );
            declared += &format!(
                "    fn run_{kernel}(grid: *const u32, block: u32, arguments: *mut *mut c_void) -> *const c_char;\n"
            );
            listed += &format!("    (\"{kernel}\", run_{kernel} as Run),\n");
            count += 1;
        }
        let at = out.join(format!("kernels{}.cpp", build.get_files().count()));
        fs::write(&at, wrapper)?;
        build.file(at);
    }
    let compiled = build.try_compile("semola_cuda_on_host");
    if let Err(why) = &compiled {
        println!("cargo::warning=the CUDA kernels are not tested on this machine: {why}");
    } else {
        println!("cargo::rustc-cfg=compiled");
    }
    let table = format!(
        "unsafe extern \"C\" {{\n{declared}}}\n\n/// All kernels by name.\nstatic KERNELS: [(&str, Run); {count}] = [\n{listed}];\n"
    );
    fs::write(out.join("table.rs"), table)
}

/// The kernels of all operations, and those that test the words.
fn sources(ops: &Path, words: &Path) -> io::Result<Vec<PathBuf>> {
    let mut all = vec![words.to_owned()];
    for folder in fs::read_dir(ops)? {
        let source = folder?.path().join("op.cu");
        if source.is_file() {
            all.push(source);
        }
    }
    all.sort();
    all.iter().map(fs::canonicalize).collect()
}

/// Names of functions that are started from outside.
fn kernels(text: &str) -> Vec<&str> {
    let after = text.split("KERNEL void ").skip(1);
    after.filter_map(|rest| rest.split('(').next()).map(str::trim).collect()
}
