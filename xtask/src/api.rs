//! `cargo xtask fuzz` and `cargo xtask report`: the API as a whole.

use std::path::PathBuf;

use crate::build;
use crate::command::{self, answer};
use crate::failure::Result;
use crate::postgres::{Postgres, TEST};
use crate::step::Steps;
use crate::tools;
use crate::workspace::Workspace;

/// The fuzzer, from `PyPI`.
const SCHEMATHESIS: &str = "4.32.5";
/// How long it runs when nobody says.
pub const FUZZ_SECONDS: u32 = 600;

/// Throws generated queries at a server with demo data, as three roles and as nobody.
pub fn fuzz(ws: &Workspace, seconds: u32) -> Result<()> {
    let mut steps = Steps::new();
    let schemathesis = steps.run("Schemathesis", || schemathesis(ws))?;
    steps.run("Node.js and npm", || tools::node(ws))?;
    steps.run("Packages of the browser tests", || tools::e2e_packages(ws))?;
    steps.run("Server", || build::native(ws, false, &["bellwether-server"]))?;
    let postgres = steps.run("PostgreSQL", || Postgres::start(ws, &TEST))?;
    steps.run("Fuzzing", || {
        let mut node = ws.command("node");
        node.arg(ws.path("e2e/fuzz.mjs"))
            .env("SCHEMATHESIS", &schemathesis)
            .env("FUZZ_SECONDS", seconds.to_string())
            .env("BELLWETHER_BIN", ws.binary(false, "bellwether"))
            .env("TEST_DATABASE_URL", postgres.url("postgres"));
        command::run(&mut node, "the reports are in target/fuzz/")
    })
}

/// A Python environment of our own, so that nothing of the system is touched.
fn schemathesis(ws: &Workspace) -> Result<PathBuf> {
    let folder = ws.path(".tools/python");
    let binary = folder.join("bin/schemathesis");
    let version = answer(ws.command(&binary).arg("--version"));
    if version.is_some_and(|line| line.ends_with(SCHEMATHESIS)) {
        return Ok(binary);
    }
    let log = ws.logs().join("schemathesis.log");
    let mut python = ws.command("python3");
    python.args(["-m", "venv"]).arg(&folder);
    command::run_logged(
        &mut python,
        &log,
        "this needs Python 3 with venv (Debian: python3-venv)",
    )?;
    let mut pip = ws.command(folder.join("bin/pip"));
    pip.args(["install", "--quiet", &format!("schemathesis=={SCHEMATHESIS}")]);
    command::run_logged(&mut pip, &log, "this needs PyPI")?;
    Ok(binary)
}

/// Prints how much of the contract is there, how much of it is proved, and what the heaviest queries cost.
pub fn report(ws: &Workspace) -> Result<()> {
    let mut steps = Steps::new();
    let postgres = steps.run("PostgreSQL", || Postgres::start(ws, &TEST))?;
    let mut lines = Vec::new();
    steps.run("Tests that report", || {
        let mut cargo = ws.cargo("target");
        let tests = [
            "contract::",
            "statements::",
            "permissions::operations::s12_every_role",
        ];
        cargo
            .args([
                "test",
                "-p",
                "bellwether-server",
                "--test",
                "it",
                "--",
                "--nocapture",
            ])
            .args(tests)
            .env("TEST_DATABASE_URL", postgres.url("postgres"));
        command::run_lines(&mut cargo, "the failures are above", |line| {
            match line.split_once("report: ") {
                Some((_, told)) => lines.push(told.to_owned()),
                None => println!("{line}"),
            }
        })
    })?;
    lines.sort();
    println!("\n{}", lines.join("\n"));
    Ok(())
}
