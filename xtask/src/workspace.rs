//! Where things are, and the environment that commands get.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Failure, Result};

pub struct Workspace {
    pub root: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        // Cargo sets it at run time too; the compiled-in value is for a binary started by hand.
        let manifest = env("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Path::new(&manifest).join("..").canonicalize().context(
            "the workspace folder is gone",
            "run `cargo xtask` inside the workspace",
        )?;
        let ws = Self { root };
        fs::create_dir_all(ws.logs()).context("cannot create .data/logs", "is the workspace writable?")?;
        Ok(ws)
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub fn data(&self) -> PathBuf {
        self.path(".data")
    }

    pub fn logs(&self) -> PathBuf {
        self.path(".data/logs")
    }

    /// A binary of ours, where [`Workspace::cargo`] puts it.
    pub fn binary(&self, release: bool, name: &str) -> PathBuf {
        self.path("target")
            .join(if release { "release" } else { "debug" })
            .join(name)
    }

    /// `cargo` with a target folder of its own choice (relative to the root).
    pub fn cargo(&self, target_dir: &str) -> Command {
        let mut command = self.command(env("CARGO").unwrap_or_else(|| "cargo".to_owned()));
        command.env("CARGO_TARGET_DIR", self.path(target_dir));
        command
    }

    /// A command at the root, with our own tools first on PATH.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root).env("PATH", self.search_path());
        // What `cargo run` said about xtask itself would make build scripts run again.
        for (name, _) in std::env::vars_os() {
            let is_about_us = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_")
                    || name == "CARGO_MANIFEST_DIR"
                    || name == "CARGO_MANIFEST_PATH"
            });
            if is_about_us {
                command.env_remove(name);
            }
        }
        command
    }

    fn search_path(&self) -> OsString {
        let mut folders = vec![
            self.path(".tools/node/node_modules/.bin"),
            self.path(".tools/bin"),
        ];
        folders.extend(path_folders());
        std::env::join_paths(folders).unwrap_or_default()
    }

    /// The version of a crate in Cargo.lock.
    pub fn locked_version(&self, name: &str) -> Result<String> {
        let lock = fs::read_to_string(self.path("Cargo.lock"))
            .context("cannot read Cargo.lock", "run `cargo generate-lockfile`")?;
        locked_version(&lock, name).ok_or_else(|| Failure::new(format!("{name} is not in Cargo.lock"), ""))
    }
}

fn locked_version(lock: &str, name: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|line| line.strip_prefix("name = ") == Some(&format!("\"{name}\"")))?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "xtask is no part of the server: this is its one place"
)]
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub fn path_folders() -> Vec<PathBuf> {
    env("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// The first of these programs that is on PATH.
pub fn which(names: &[&str]) -> Option<PathBuf> {
    let folders = path_folders();
    names.iter().find_map(|name| {
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_of_exactly_that_crate() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.5\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn a_program_is_found_by_its_second_name() {
        assert!(which(&["no-such-program", "sh"]).is_some());
        assert!(which(&["no-such-program"]).is_none());
    }
}
