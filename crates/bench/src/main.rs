//! The load generator behind `cargo xtask bench`: how many operations a second the release server does, how long
//! each takes, and what it costs in statements and CPU time.
//!
//! One thread, so that it takes little from what it measures. Traffic goes to 127.0.0.1 alone.

mod args;
mod check;
mod cpu;
mod database;
mod http;
mod load;
mod probe;
mod report;
mod requests;
mod run;
mod seed;
mod sender;
mod server;
mod table;
mod traffic;

use std::process::ExitCode;

use args::Args;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What went wrong, in words for the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

/// Longest a whole benchmark may take, in seconds.
const LONGEST_RUN: u64 = 3_600;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{}", args::HELP);
        return ExitCode::SUCCESS;
    }
    let args = match Args::parse(&words) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("bellwether-bench: {error}\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    match until_stopped(&args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("bellwether-bench: there were errors; the figures above do not count");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("bellwether-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything; a signal ends it early and takes the server down with it.
async fn until_stopped(args: &Args) -> Result<bool> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = Box::pin(run::run(args)) => outcome,
        _ = terminate.recv() => Err("stopped by SIGTERM".into()),
        _ = tokio::signal::ctrl_c() => Err("stopped by Ctrl-C".into()),
        () = tokio::time::sleep(std::time::Duration::from_secs(LONGEST_RUN)) => {
            Err(format!("not done after {LONGEST_RUN} s").into())
        }
    }
}
