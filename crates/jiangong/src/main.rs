//! The binary: one command line for everything. It wires configuration,
//! database, use cases and pages together and knows none of their inside.

mod cli;
mod command;
mod config;
mod output;
mod places;
mod reload;

use std::process::ExitCode;

use words::Words;

/// Imports and recounts make and drop small values by the million, which the
/// C library's allocator takes a third of their time for (`docs/benchmarks.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::read(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(cli::ConfigFault::Usage(error, None)) => error.exit(),
        Err(fault) => {
            // The language is not known yet.
            eprintln!("{}", output::config_fault(&fault, Words::default()));
            return ExitCode::from(output::USAGE);
        }
    };
    let log = config::log(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(output::UNAVAILABLE);
        }
    };
    let words = cli.options.words();
    let code = match runtime.block_on(command::run(cli, log)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", output::chain(&error, words));
            output::exit_code(&error)
        }
    };
    // Whatever still runs is not waited for, and does not meet a runtime that is being taken down.
    std::process::exit(i32::from(code))
}
