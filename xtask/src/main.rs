//! Repository chores: `cargo xtask tidy`.

mod source;
mod tidy;
mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments == ["tidy"] {
        return tidy::run();
    }
    eprintln!("usage: cargo xtask tidy    check the house rules");
    ExitCode::from(2)
}
