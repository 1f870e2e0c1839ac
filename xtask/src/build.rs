//! Builds the server and the browser client.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::command::{self, answer};
use crate::failure::{Context, Failure, Result};
use crate::step::Steps;
use crate::workspace::Workspace;

/// Builds packages for this machine. Binaries land in target/debug or target/release.
pub fn native(ws: &Workspace, release: bool, packages: &[&str]) -> Result<()> {
    native_with(ws, release, packages, &[])
}

/// The same with more arguments for cargo.
pub fn native_with(ws: &Workspace, release: bool, packages: &[&str], more: &[&str]) -> Result<()> {
    let mut cargo = ws.cargo("target");
    cargo.arg("build").args(more);
    for package in packages {
        cargo.args(["-p", package]);
    }
    if release {
        cargo.arg("--release");
    }
    command::run(&mut cargo, "the compiler's message is above")
}

/// Builds the client unless it is up to date, and returns the folder to serve. The two profiles
/// have a folder each, so that a test does not pull the page from under a running `cargo xtask run`.
pub fn client(ws: &Workspace, release: bool) -> Result<PathBuf> {
    let (dist, profile) = if release {
        (ws.path("target/dist"), "release")
    } else {
        (ws.path("dist"), "dev")
    };
    let stamp = ws.data().join(format!("client-{profile}.stamp"));
    if dist.join("index.html").exists() && is_fresh(ws, &stamp) {
        Steps::note("nothing has changed");
        return Ok(dist);
    }
    drop(fs::remove_file(&stamp));
    let start = SystemTime::now();
    let mut trunk = ws.command("trunk");
    // Trunk takes NO_COLOR for its own option and wants `true` or `false`.
    trunk
        .env_remove("NO_COLOR")
        .env("CARGO_TARGET_DIR", ws.path("target/client"));
    trunk.arg("build").arg("--dist").arg(&dist);
    if release {
        trunk.arg("--release");
    }
    command::run(
        &mut trunk,
        "the message is above; Trunk's settings are in Trunk.toml and client/index.html",
    )?;
    if release {
        compress(ws, &dist)?;
    }
    // An edit made during the build must count as newer.
    let written = fs::File::create(&stamp).and_then(|file| file.set_modified(start));
    written.context("cannot write the stamp", &stamp.display().to_string())?;
    Ok(dist)
}

const INPUTS: [&str; 6] = [
    "client",
    "crates/domain",
    "schema.graphql",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
];

fn is_fresh(ws: &Workspace, stamp: &Path) -> bool {
    let Ok(built) = fs::metadata(stamp).and_then(|data| data.modified()) else {
        return false;
    };
    INPUTS.iter().all(|input| newest(&ws.path(input)) < built)
}

/// The newest change under a path. Folders count: they change when a file is removed.
fn newest(path: &Path) -> SystemTime {
    let time = fs::metadata(path)
        .and_then(|data| data.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let children = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    children
        .filter(|child| !child.ends_with("target"))
        .map(|child| newest(&child))
        .fold(time, SystemTime::max)
}

/// Node brings brotli, so that no crate has to be built for it.
const COMPRESS: &str = r"
const fs = require('fs'), path = require('path'), zlib = require('zlib');
let before = 0, after = 0;
const walk = (folder) => {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) { walk(file); continue; }
    if (!/\.(wasm|js|css|html|json|svg)$/.test(entry.name)) continue;
    const data = fs.readFileSync(file);
    const small = zlib.brotliCompressSync(data, { params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    } });
    fs.writeFileSync(file + '.br', small);
    before += data.length; after += small.length;
  }
};
walk(process.argv[1]);
console.log(`    brotli: ${before} bytes became ${after}`);
";

fn compress(ws: &Workspace, dist: &Path) -> Result<()> {
    command::run(
        ws.command("node").args(["-e", COMPRESS, "--"]).arg(dist),
        "the message is above",
    )
}

/// `cargo xtask schema`.
pub fn schema(ws: &Workspace) -> Result<()> {
    native(ws, false, &["bellwether-server"])?;
    let binary = ws.binary(false, "bellwether");
    let schema = answer(ws.command(&binary).arg("schema"))
        .filter(|text| !text.is_empty())
        .ok_or_else(|| {
            Failure::new(
                "`bellwether schema` failed",
                format!("run {} schema", binary.display()),
            )
        })?;
    let path = ws.path("schema.graphql");
    let schema = schema + "\n";
    if fs::read_to_string(&path).is_ok_and(|old| old == schema) {
        println!("schema.graphql is up to date");
        return Ok(());
    }
    fs::write(&path, schema).context("cannot write schema.graphql", "")?;
    println!("schema.graphql is written");
    Ok(())
}
