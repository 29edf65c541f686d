//! Repository chores: `cargo xtask tidy`, `cargo xtask notices`.

mod licence;
mod packages;
mod source;
mod tidy;
mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["tidy"] => tidy::run(),
        ["notices"] => tidy::write_notices(),
        _ => {
            eprintln!("usage: cargo xtask tidy       check the house rules");
            eprintln!("       cargo xtask notices    list what is delivered, for /about");
            ExitCode::from(2)
        }
    }
}
