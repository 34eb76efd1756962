//! The `semola-pipe` program: see `semola-pipe --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    semola_pipe::cli::main()
}
