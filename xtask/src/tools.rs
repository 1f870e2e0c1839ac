//! Finds the tools that a build or a test needs, and installs the missing ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::command::{self, answer};
use crate::failure::{Context, Failure, Result};
use crate::step::Steps;
use crate::workspace::{Workspace, env, path_folders, which};

/// 0.22 needs a newer compiler than `rust-version`.
const TRUNK: &str = "0.21.14";
/// Debian's 108 exits with 0 and yields a page that does not start.
const BINARYEN: &str = "132.0.0";
const OLDEST_NODE: u32 = 18;

/// All that the browser client is built with.
pub fn for_client(ws: &Workspace, steps: &mut Steps) -> Result<()> {
    steps.run("Rust's wasm32 target", || wasm_target(ws))?;
    steps.run("Trunk", || trunk(ws))?;
    steps.run("wasm-bindgen", || wasm_bindgen(ws))?;
    steps.run("Node.js and npm", || node(ws))?;
    steps.run("wasm-opt", || wasm_opt(ws))
}

pub fn wasm_target(ws: &Workspace) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let libs = answer(
        ws.command("rustc")
            .args(["--print", "target-libdir", "--target", target]),
    );
    if libs.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    command::run(
        ws.command("rustup").args(["target", "add", target]),
        "install Rust with rustup (https://rustup.rs); the target comes from its servers",
    )
}

fn trunk(ws: &Workspace) -> Result<()> {
    cargo_tool(ws, "trunk", "trunk", TRUNK, true)
}

fn wasm_bindgen(ws: &Workspace) -> Result<()> {
    let version = ws.locked_version("wasm-bindgen")?;
    // Its own lock file may name versions that the registry lacks.
    cargo_tool(ws, "wasm-bindgen-cli", "wasm-bindgen", &version, false)
}

fn cargo_tool(ws: &Workspace, package: &str, binary: &str, version: &str, locked: bool) -> Result<()> {
    // `.tools` comes first on PATH; the right version elsewhere will do as well.
    let found = answer(ws.command(binary).arg("--version"));
    if found.as_deref().and_then(|line| line.split_whitespace().nth(1)) == Some(version) {
        return Ok(());
    }
    Steps::note(&format!("building {package} {version}: some minutes, once"));
    let mut cargo = ws.cargo("target/tools");
    cargo
        .args(["install", "--root"])
        .arg(ws.path(".tools"))
        .arg("--force");
    cargo.args(["--version", &format!("={version}"), package]);
    if locked {
        cargo.arg("--locked");
    }
    // Tools that run for seconds: quick to build beats quick to run.
    cargo
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    let log = ws.logs().join(format!("{package}.log"));
    command::run_logged(
        &mut cargo,
        &log,
        "this needs crates.io and a C compiler (Debian: build-essential)",
    )
}

pub fn node(ws: &Workspace) -> Result<()> {
    let has = |name: &str| answer(ws.command(name).arg("--version"));
    let mut missing = Vec::new();
    missing.extend(has("node").is_none().then_some("nodejs"));
    missing.extend(has("npm").is_none().then_some("npm"));
    if !missing.is_empty() {
        apt::install(ws, "Node.js", &missing, "node")?;
    }
    let version = has("node").unwrap_or_default();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_NODE) {
        return Ok(());
    }
    let hint = format!("install Node.js {OLDEST_NODE} or newer");
    Err(Failure::new(format!("node --version says `{version}`"), hint))
}

fn wasm_opt(ws: &Workspace) -> Result<()> {
    let folder = ws.path(".tools/node");
    let manifest = fs::read_to_string(folder.join("node_modules/binaryen/package.json")).unwrap_or_default();
    let is_right = manifest.contains(&format!("\"version\": \"{BINARYEN}\""));
    if is_right && folder.join("node_modules/.bin/wasm-opt").exists() {
        return Ok(());
    }
    Steps::note(&format!("installing binaryen {BINARYEN} from npm"));
    fs::create_dir_all(&folder).context("cannot create .tools/node", "")?;
    let mut npm = ws.command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--save-exact", "--prefix"])
        .arg(&folder);
    npm.arg(format!("binaryen@{BINARYEN}"));
    command::run_logged(
        &mut npm,
        &ws.logs().join("binaryen.log"),
        "this needs the npm registry",
    )
}

/// The folder with PostgreSQL's server programs.
pub fn postgres(ws: &Workspace) -> Result<PathBuf> {
    if let Some(folder) = find_postgres() {
        return Ok(folder);
    }
    apt::install_postgres(ws)?;
    find_postgres().ok_or_else(|| {
        Failure::new(
            "PostgreSQL's programs are not found after the install",
            "put the folder of `initdb` on PATH",
        )
    })
}

pub fn find_postgres() -> Option<PathBuf> {
    let mut folders = Vec::new();
    for folder in path_folders() {
        // Debian-like wrappers link from PATH into the versioned folder.
        folders.extend(
            folder
                .join("initdb")
                .canonicalize()
                .ok()
                .and_then(|file| Some(file.parent()?.to_owned())),
        );
    }
    folders.extend(answer(Command::new("pg_config").arg("--bindir")).map(PathBuf::from));
    folders.extend(installed_versions("/usr/lib/postgresql", ""));
    folders.extend(installed_versions("/opt/homebrew/opt", "postgresql"));
    folders.extend(installed_versions("/usr/local/opt", "postgresql"));
    let programs = ["initdb", "postgres", "pg_isready", "psql"];
    folders
        .into_iter()
        .find(|folder| programs.iter().all(|program| folder.join(program).is_file()))
}

/// `<parent>/<prefix>*/bin`, the newest version first.
fn installed_versions(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(version_in(name)));
    names
        .into_iter()
        .map(|name| Path::new(parent).join(name).join("bin"))
        .collect()
}

fn version_in(name: &str) -> u32 {
    let digits: String = name
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

pub fn chromium(ws: &Workspace) -> Result<PathBuf> {
    if let Some(path) = find_chromium() {
        return Ok(path);
    }
    apt::install(
        ws,
        "Chromium",
        &["chromium", "fonts-liberation"],
        "--cask chromium",
    )?;
    find_chromium().ok_or_else(|| {
        Failure::new(
            "Chromium is not found after the install",
            "set CHROMIUM to its path",
        )
    })
}

fn find_chromium() -> Option<PathBuf> {
    let apps = ["Google Chrome", "Chromium"]
        .map(|app| PathBuf::from(format!("/Applications/{app}.app/Contents/MacOS/{app}")));
    env("CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| {
            which(&[
                "chromium",
                "chromium-browser",
                "google-chrome",
                "google-chrome-stable",
            ])
        })
        .or_else(|| apps.into_iter().find(|app| app.is_file()))
}

/// The packages of the browser tests.
pub fn e2e_packages(ws: &Workspace) -> Result<()> {
    let folder = ws.path("e2e");
    let time = |name: &str| {
        fs::metadata(folder.join(name))
            .and_then(|data| data.modified())
            .ok()
    };
    let lock = time("package-lock.json");
    let installed = time("node_modules/.package-lock.json");
    if installed.is_some() && installed >= time("package.json").max(lock) {
        return Ok(());
    }
    let mut npm = ws.command("npm");
    npm.arg(if lock.is_some() { "ci" } else { "install" })
        .args(["--no-audit", "--no-fund"]);
    npm.current_dir(&folder)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command::run_logged(
        &mut npm,
        &ws.logs().join("e2e-npm.log"),
        "this needs the npm registry",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version_in("postgresql@17"), 17);
        assert_eq!(version_in("9.6"), 9);
        assert_eq!(version_in("postgresql"), 0);
        assert!(version_in("10") > version_in("9.6"));
    }
}
