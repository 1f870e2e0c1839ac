//! `cargo xtask test`: everything that must hold before a change lands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use crate::build;
use crate::command::{self, answer};
use crate::counts::Counts;
use crate::failure::{Failure, Result};
use crate::postgres::{Postgres, TEST};
use crate::step::Steps;
use crate::tools;
use crate::workspace::Workspace;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Lint,
    Unit,
    Api,
    Client,
    E2e,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        match name {
            "lint" => Ok(Self::Lint),
            "unit" => Ok(Self::Unit),
            "api" => Ok(Self::Api),
            "client" => Ok(Self::Client),
            "e2e" => Ok(Self::E2e),
            _ => Err(format!("there is no part `{name}` of the tests")),
        }
    }
}

pub fn test(ws: &Workspace, part: Option<Part>) -> Result<()> {
    let mut steps = Steps::new();
    let mut counts = Counts::default();
    let outcome = all(ws, part, &mut steps, &mut counts);
    steps.print_table();
    if let Err(Failure::Failed { what, .. }) = &outcome {
        println!("stopped at: {what}");
    }
    // A run of lints alone has no tests to count.
    if part != Some(Part::Lint) || outcome.is_err() {
        println!("{} passed, {} failed", counts.passed, counts.failed);
    }
    outcome
}

fn all(ws: &Workspace, part: Option<Part>, steps: &mut Steps, counts: &mut Counts) -> Result<()> {
    let wants = |one: Part| part.is_none_or(|part| part == one);
    if wants(Part::Client) || wants(Part::E2e) {
        tools::for_client(ws, steps)?;
    } else if wants(Part::Lint) {
        steps.run("Rust's wasm32 target", || tools::wasm_target(ws))?;
    }
    let chromium = if wants(Part::E2e) {
        let chromium = steps.run("Chromium", || tools::chromium(ws))?;
        steps.run("Packages of the browser tests", || tools::e2e_packages(ws))?;
        Some(chromium)
    } else {
        None
    };
    if wants(Part::Lint) {
        lints(ws, steps)?;
    }
    if part == Some(Part::Client) {
        client_lint(ws, steps)?;
    }
    let postgres = if wants(Part::Unit) || wants(Part::Api) || wants(Part::E2e) {
        Some(steps.run("PostgreSQL", || Postgres::start(ws, &TEST))?)
    } else {
        None
    };
    let url = postgres
        .as_ref()
        .map(|postgres| postgres.url("postgres"))
        .unwrap_or_default();

    let mut cargo_test = |steps: &mut Steps, name: &str, packages: &[&str]| {
        let mut cargo = ws.cargo("target");
        cargo
            .args(["test", "--no-fail-fast"])
            .args(packages)
            .env("TEST_DATABASE_URL", &url);
        steps.run(name, || counted(&mut cargo, counts))
    };
    match part {
        None => cargo_test(steps, "Tests", &["--workspace", "--exclude", "bellwether-client"])?,
        Some(Part::Unit) => {
            let rest = [
                "--workspace",
                "--exclude",
                "bellwether-client",
                "--exclude",
                "bellwether-server",
            ];
            cargo_test(steps, "Tests of the crates", &rest)?;
        }
        Some(Part::Api) => cargo_test(steps, "Tests of the server", &["-p", "bellwether-server"])?,
        Some(_) => {}
    }
    if wants(Part::Client) && mentions(&ws.path("client/src"), "#[cfg(test)]") {
        cargo_test(steps, "Tests of the client", &["-p", "bellwether-client"])?;
    }
    let dist = if wants(Part::Client) || wants(Part::E2e) {
        steps.run("Release build of the client", || build::client(ws, true))?
    } else {
        PathBuf::new()
    };
    if let Some(chromium) = chromium {
        steps.run("Server", || build::native(ws, false, &["bellwether-server"]))?;
        steps.run("Browser tests", || {
            browser_tests(ws, &chromium, &dist, &url, counts)
        })?;
    }
    if let Some(postgres) = postgres {
        steps.run("End of PostgreSQL", || {
            drop(postgres);
            Ok(())
        })?;
    }
    Ok(())
}

fn lints(ws: &Workspace, steps: &mut Steps) -> Result<()> {
    steps.run("Format", || {
        command::run(ws.cargo("target").args(["fmt", "--all", "--check"]), "cargo fmt")
    })?;
    steps.run("Clippy", || {
        let arguments = [
            "clippy",
            "--workspace",
            "--exclude",
            "bellwether-client",
            "--all-targets",
        ];
        command::run(
            ws.cargo("target").args(arguments).args(["--", "-D", "warnings"]),
            "the lints are above",
        )
    })?;
    client_lint(ws, steps)?;
    steps.run("Licenses and advisories", || {
        let has_settings = ws.path("deny.toml").exists();
        if !has_settings || answer(ws.cargo("target").args(["deny", "--version"])).is_none() {
            Steps::note(if has_settings {
                "skipped: cargo-deny is not installed"
            } else {
                "skipped: no deny.toml"
            });
            return Ok(());
        }
        command::run(
            ws.cargo("target")
                .args(["deny", "check", "licenses", "bans", "sources"]),
            "see deny.toml",
        )
    })
}

fn client_lint(ws: &Workspace, steps: &mut Steps) -> Result<()> {
    steps.run("Clippy of the client", || {
        let mut cargo = ws.cargo("target/client");
        cargo.args([
            "clippy",
            "-p",
            "bellwether-client",
            "--target",
            "wasm32-unknown-unknown",
        ]);
        command::run(cargo.args(["--", "-D", "warnings"]), "the lints are above")
    })
}

fn browser_tests(ws: &Workspace, chromium: &Path, dist: &Path, url: &str, counts: &mut Counts) -> Result<()> {
    let mut files = Vec::new();
    test_files(&ws.path("e2e"), &mut files);
    if files.is_empty() {
        return Err(Failure::new(
            "there is no *.test.mjs (or .js, .ts) in e2e/",
            "see e2e/",
        ));
    }
    files.sort();
    let mut node = ws.command("node");
    // Files, not the folder: Node 22 and later would take the folder for a module.
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(files);
    node.env("CHROMIUM", chromium)
        .env("BELLWETHER_BIN", ws.binary(false, "bellwether"))
        .env("CLIENT_DIST", dist)
        .env("TEST_DATABASE_URL", url);
    counted(&mut node, counts)
}

fn test_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            test_files(&path, files);
        } else if is_test_file(&entry.file_name().to_string_lossy()) {
            files.push(path);
        }
    }
}

fn is_test_file(name: &str) -> bool {
    [".test.mjs", ".test.js", ".test.cjs", ".test.ts", ".test.mts"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Whether a source file under this folder contains the text.
fn mentions(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .any(|path| {
            if path.is_dir() {
                mentions(&path, text)
            } else {
                fs::read_to_string(&path).is_ok_and(|source| source.contains(text))
            }
        })
}

fn counted(command: &mut Command, counts: &mut Counts) -> Result<()> {
    command::run_lines(command, "the failures are above", |line| {
        println!("{line}");
        counts.read(line);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_told_by_their_names() {
        assert!(is_test_file("login.test.mjs") && is_test_file("a.test.ts"));
        assert!(!is_test_file("helpers.mjs") && !is_test_file("test.mjs"));
    }
}
