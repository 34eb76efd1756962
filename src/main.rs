//! The `semola-pipe` program: see `semola-pipe --help`.
//!
//! Only the program prints, and only here faults become exit codes.

mod cli;

use semola_pipe::engine::spill::Allocator;
use std::process::ExitCode;

/// Data larger than memory lies in a file.
#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    cli::main()
}
