//! The `bellwether` binary with failpoints and known-bad variants in it, for `cargo xtask chaos` and for nothing else.
//! A binary of its own, so that nobody deploys it by mistake.

use std::process::ExitCode;

#[path = "../main.rs"]
mod bellwether;

fn main() -> ExitCode {
    bellwether::main()
}
