//! Packages of the system.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::command::{self, answer};
use crate::failure::{Context, Failure, Result};
use crate::step::Steps;
use crate::workspace::{Workspace, which};

static LISTS_ARE_NEW: AtomicBool = AtomicBool::new(false);

pub fn is_root() -> bool {
    answer(std::process::Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Installs Debian packages, or says what to install where that is not possible.
pub fn install(ws: &Workspace, what: &str, packages: &[&str], brew: &str) -> Result<()> {
    let names = packages.join(" ");
    if which(&["apt-get"]).is_none() {
        let hint = if cfg!(target_os = "macos") {
            format!("brew install {brew}")
        } else {
            format!("install it with your package manager (Debian's packages: {names})")
        };
        return Err(Failure::new(format!("{what} is missing"), hint));
    }
    let root = is_root();
    if !root && which(&["sudo"]).is_none() {
        return Err(Failure::new(
            format!("{what} is missing"),
            format!("as root: apt-get install {names}"),
        ));
    }
    Steps::note(&format!("installing {names}"));
    let log = ws.logs().join("apt.log");
    let apt = |arguments: &[&str]| {
        let hint = format!("try by hand: apt-get update && apt-get install {names}");
        let mut command = ws.command(if root { "env" } else { "sudo" });
        if !root {
            command.arg("env");
        }
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"])
            .args(arguments);
        if root {
            command::run_logged(&mut command, &log, &hint)
        } else {
            command::run_on_terminal(&mut command, &hint)
        }
    };
    if !LISTS_ARE_NEW.swap(true, Ordering::Relaxed) {
        apt(&["update"])?;
    }
    apt(&[["install", "-y", "--no-install-recommends"].as_slice(), packages].concat())
}

/// Installs PostgreSQL's programs without the cluster that Debian would start beside ours.
pub fn install_postgres(ws: &Workspace) -> Result<()> {
    let setting = "/etc/postgresql-common/createcluster.d/bellwether-xtask.conf";
    if which(&["apt-get"]).is_some() {
        if is_root() {
            let written = fs::create_dir_all("/etc/postgresql-common/createcluster.d")
                .and_then(|()| fs::write(setting, "create_main_cluster = false\n"));
            written.context("cannot keep Debian from starting a cluster", setting)?;
        } else if which(&["sudo"]).is_some() {
            let script = "mkdir -p \"${1%/*}\" && echo create_main_cluster = false > \"$1\"";
            command::run_on_terminal(ws.command("sudo").args(["sh", "-c", script, "sh", setting]), "")?;
        }
    }
    let outcome = install(ws, "PostgreSQL", &["postgresql"], "postgresql@17");
    if is_root() {
        drop(fs::remove_file(setting));
    } else if fs::exists(setting).unwrap_or(false) {
        command::run_on_terminal(ws.command("sudo").args(["rm", "-f", setting]), "")?;
    }
    outcome
}
