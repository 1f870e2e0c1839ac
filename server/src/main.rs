//! The `bellwether` binary.

use std::{io::IsTerminal, process::ExitCode};

use bellwether_server::{config::Config, graphql, seed, serve};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
usage: bellwether COMMAND
  serve [--no-worker]  serve the API and the browser client, with workers inside unless told otherwise
  work                 run workers alone: sending, receiving, jobs
  migrate              bring the database up to date
  seed                 add the demo organization, once
  schema               print the GraphQL schema
Settings come from the environment: DATABASE_URL and SESSION_SECRET are needed; see .env.sample.
";

#[tokio::main]
pub async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["schema"] => {
            print!("{}", graphql::sdl());
            return ExitCode::SUCCESS;
        }
        ["--help" | "-h" | "help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(errors) => {
            eprintln!("These settings are missing or wrong:");
            for error in errors {
                eprintln!("  {error}");
            }
            return ExitCode::from(2);
        }
    };
    log(config.development);
    let result = match arguments.as_slice() {
        ["serve"] => serve::serve(config, true)
            .await
            .map_err(|error| error.to_string()),
        ["serve", "--no-worker"] => serve::serve(config, false)
            .await
            .map_err(|error| error.to_string()),
        ["work"] => serve::work(config).await.map_err(|error| error.to_string()),
        ["migrate"] => serve::migrate(&config)
            .await
            .map_err(|error| error.to_string())
            .map(|count| {
                println!("{count} migrations ran");
            }),
        ["seed"] => seed::seed(config).await,
        other => {
            eprintln!("unknown command: {}\n{HELP}", other.join(" "));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bellwether: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Readable lines in development, one JSON object a line otherwise. `RUST_LOG` chooses what is logged.
fn log(development: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if development {
        builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .init();
    } else {
        builder.json().flatten_event(true).init();
    }
}
