//! The binary: one command line for everything. It wires configuration,
//! database, use cases and pages together and knows none of their inside.

mod cli;
mod command;
mod config;
mod output;

use std::process::ExitCode;

use clap::Parser;

/// Imports and recounts make and drop small values by the million, which the
/// C library's allocator takes a third of their time for (`docs/benchmarks.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    config::log(cli.options.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(output::UNAVAILABLE);
        }
    };
    let words = cli.options.words();
    match runtime.block_on(command::run(cli)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{}", output::chain(&error, words));
            ExitCode::from(output::exit_code(&error))
        }
    }
}
