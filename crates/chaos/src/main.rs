//! The chaos run behind `cargo xtask chaos`: a real server, two real workers, a real PostgreSQL and a stand-in for
//! Twilio that breaks in every way it can, while all but the stand-in are killed; then what must hold is checked, by
//! SQL and by the stand-in's own log. docs/chaos.md says what is proved and how to read it.
//!
//! | module | what |
//! |---|---|
//! | [`args`] | options and environment |
//! | [`cluster`], [`fleet`] | PostgreSQL; server, workers and stand-in: started, killed, started again |
//! | [`seed`] | who and what is in the database before |
//! | [`api`], [`load`], [`contacts`] | texters, supervisors and contacts |
//! | [`killer`] | who dies when |
//! | [`log`] | the stand-in's log, read |
//! | [`check`], [`check_rows`] | what must hold |
//! | [`variant`] | known-bad variants, made by SQL |
//! | [`run`] | one run; [`suite`] several |

mod api;
mod args;
mod check;
mod check_rows;
mod cluster;
mod contacts;
mod fleet;
mod killer;
mod load;
mod log;
mod run;
mod seed;
mod suite;
mod variant;

use std::{process::ExitCode, time::Duration};

use tokio::signal::unix::{SignalKind, signal};

/// What went wrong, in words for the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

/// Longest that everything may take.
const LONGEST: Duration = Duration::from_secs(4 * 3_600);

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{}", args::HELP);
        return ExitCode::SUCCESS;
    }
    let args = match args::Args::parse(&words) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("chaos: {error}\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    let outcome = match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            outcome = Box::pin(suite::run(&args)) => outcome,
            _ = terminate.recv() => Err("stopped by SIGTERM".into()),
            _ = tokio::signal::ctrl_c() => Err("stopped by Ctrl-C".into()),
            () = tokio::time::sleep(LONGEST) => Err(format!("not done after {LONGEST:?}").into()),
        },
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::FAILURE
        }
    }
}
