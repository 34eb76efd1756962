//! The `semola-pipe` program: see `semola-pipe --help`.
//!
//! Only the program prints, and only here faults become exit codes.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
