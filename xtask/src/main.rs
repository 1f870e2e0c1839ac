//! `cargo xtask`: sets up, runs, tests and measures the workspace.

mod api;
mod apt;
mod bench;
mod build;
mod chaos;
mod cluster_dir;
mod command;
mod counts;
mod data;
mod failure;
mod postgres;
mod process;
mod run;
mod step;
mod test;
mod tools;
mod workspace;

use std::io::Write;
use std::process::ExitCode;

use failure::Failure;
use test::Part;
use workspace::Workspace;

const HELP: &str = "\
cargo xtask <command>

  run [--release]   install what is missing, then serve the product with demo data
                    at http://127.0.0.1:3000 (PORT picks another port)
  test [part]       format, lints and all tests; part is lint, unit, api, client or e2e
  chaos [args...]   kill servers, workers and PostgreSQL under load against a vendor that breaks, and check what must
                    hold; --help tells the options
  bench [args...]   measure the release server on a fresh database; args go to bellwether-bench
  schema            write schema.graphql from the server
  data              write crates/domain/data/ (ZIP codes, area codes, time zones) from its public sources
  report            print how much of Spoke's interface is there and proved, and what the heaviest queries cost
  fuzz [seconds]    throw generated queries at a server as three roles (600 seconds)
  psql [args...]    open psql on the database of `cargo xtask run`
  help              show this text

Everything is kept in .tools/ (tools), .data/ (databases, logs) and target/.
DATABASE_URL, when set, replaces the private PostgreSQL of `run`.";

#[derive(Debug, PartialEq, Eq)]
enum Task {
    Run { release: bool },
    Test { part: Option<Part> },
    Bench { args: Vec<String> },
    Chaos { args: Vec<String> },
    Schema,
    Data,
    Report,
    Fuzz { seconds: u32 },
    Psql { args: Vec<String> },
    Help,
}

fn parse(args: &[String]) -> Result<Task, String> {
    let (command, rest) = match args {
        [] => ("help", [].as_slice()),
        [command, rest @ ..] => (command.as_str(), rest),
    };
    let first = rest.first().map(String::as_str);
    if matches!(first, Some("-h" | "--help")) && !["bench", "chaos", "psql"].contains(&command) {
        return Ok(Task::Help);
    }
    match (command, first, rest.len()) {
        ("help" | "-h" | "--help", _, _) => Ok(Task::Help),
        ("run", None, _) => Ok(Task::Run { release: false }),
        ("run", Some("--release"), 1) => Ok(Task::Run { release: true }),
        ("test", None, _) => Ok(Task::Test { part: None }),
        ("test", Some(part), 1) => Ok(Task::Test {
            part: Some(part.parse()?),
        }),
        ("bench", _, _) => Ok(Task::Bench { args: rest.to_vec() }),
        ("chaos", _, _) => Ok(Task::Chaos { args: rest.to_vec() }),
        ("psql", _, _) => Ok(Task::Psql { args: rest.to_vec() }),
        ("schema", None, _) => Ok(Task::Schema),
        ("data", None, _) => Ok(Task::Data),
        ("report", None, _) => Ok(Task::Report),
        ("fuzz", None, _) => Ok(Task::Fuzz {
            seconds: api::FUZZ_SECONDS,
        }),
        ("fuzz", Some(seconds), 1) => match seconds.parse() {
            Ok(seconds) => Ok(Task::Fuzz { seconds }),
            Err(_) => Err(format!("`{seconds}` is not a number of seconds")),
        },
        ("run" | "test" | "schema" | "data" | "report" | "fuzz", _, _) => {
            Err(format!("`{command}` does not take `{}`", rest.join(" ")))
        }
        _ => Err(format!("there is no command `{command}`")),
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let task = match parse(&args) {
        Ok(Task::Help) => {
            // Not println: `cargo xtask help | head` is no reason to panic.
            drop(writeln!(std::io::stdout(), "{HELP}"));
            return ExitCode::SUCCESS;
        }
        Ok(task) => task,
        Err(message) => {
            eprintln!("{message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let outcome = process::catch_signals().and_then(|()| {
        let ws = Workspace::find()?;
        match task {
            Task::Run { release } => run::run(&ws, release),
            Task::Test { part } => test::test(&ws, part),
            Task::Bench { args } => bench::bench(&ws, &args),
            Task::Chaos { args } => chaos::chaos(&ws, &args),
            Task::Schema => build::schema(&ws),
            Task::Data => data::data(&ws),
            Task::Report => api::report(&ws),
            Task::Fuzz { seconds } => api::fuzz(&ws, seconds),
            Task::Psql { args } => postgres::psql(&ws, &args),
            Task::Help => Ok(()),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => {
            eprintln!("interrupted");
            ExitCode::from(130)
        }
        Err(Failure::Failed { what, hint }) => {
            eprintln!("\nerror: {what}");
            if !hint.is_empty() {
                eprintln!(" help: {}", hint.replace('\n', "\n       "));
            }
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(parsed(""), Ok(Task::Help));
        assert_eq!(parsed("run"), Ok(Task::Run { release: false }));
        assert_eq!(parsed("run --release"), Ok(Task::Run { release: true }));
        assert_eq!(parsed("run --help"), Ok(Task::Help));
        assert_eq!(parsed("test"), Ok(Task::Test { part: None }));
        assert_eq!(
            parsed("test e2e"),
            Ok(Task::Test {
                part: Some(Part::E2e)
            })
        );
        assert_eq!(parsed("schema"), Ok(Task::Schema));
        assert_eq!(parsed("data"), Ok(Task::Data));
        assert_eq!(parsed("report"), Ok(Task::Report));
        assert_eq!(parsed("fuzz 30"), Ok(Task::Fuzz { seconds: 30 }));
        assert!(parsed("fuzz soon").is_err());
    }

    #[test]
    fn bench_and_psql_pass_everything_on() {
        let args = vec!["--help".to_owned(), "x".to_owned()];
        assert_eq!(parsed("bench --help x"), Ok(Task::Bench { args: args.clone() }));
        assert_eq!(parsed("psql --help x"), Ok(Task::Psql { args }));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(parsed("rnu").unwrap_err().contains("`rnu`"));
        assert!(parsed("run --relase").unwrap_err().contains("--relase"));
        assert!(parsed("run --release now").is_err());
        assert!(parsed("test everything").unwrap_err().contains("everything"));
        assert!(parsed("schema x").is_err());
    }
}
