//! The folder of a private cluster, and the user that owns it: PostgreSQL refuses to run as root.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt::is_root;
use crate::command::{self, answer};
use crate::failure::{Context, Failure, Result};
use crate::step::Steps;
use crate::workspace::Workspace;

/// The user that PostgreSQL runs as; none when we are not root and it runs as ourselves.
#[derive(Clone, Copy)]
pub struct Owner(Option<(u32, u32)>);

impl Owner {
    pub fn choose() -> Result<Self> {
        if !is_root() {
            return Ok(Self(None));
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some((id("-u", name)?, id("-g", name)?)))
            .map(|ids| Self(Some(ids)))
            .ok_or_else(|| {
                Failure::new(
                    "PostgreSQL refuses to run as root, and there is no other user",
                    "adduser --system postgres",
                )
            })
    }

    /// Its user and group.
    pub fn ids(self) -> Option<(u32, u32)> {
        self.0
    }

    /// A command as this user. Std drops root's other groups along with the user id.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C").env("TZ", "UTC");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes a new folder that only this user can enter.
    pub fn make_folder(self, path: &Path) -> Result<()> {
        let made = DirBuilder::new()
            .mode(0o700)
            .create(path)
            .and_then(|()| match self.0 {
                Some((user, group)) => chown(path, Some(user), Some(group)),
                None => Ok(()),
            });
        made.context(
            &format!("cannot make {}", path.display()),
            "is the disk full or the folder not writable?",
        )
    }

    fn can_enter(self, path: &Path) -> bool {
        self.0.is_none() || answer(self.command(Path::new("ls")).arg("-d").arg(path.join("."))).is_some()
    }
}

fn id(what: &str, user: &str) -> Option<u32> {
    answer(Command::new("id").args([what, user]))?.parse().ok()
}

/// Where clusters are kept: `.data`, or a folder of ours under /var/tmp when PostgreSQL's user
/// cannot get to the workspace (say, one under /root).
pub fn parent(ws: &Workspace, owner: Owner) -> Result<PathBuf> {
    let data = ws.data();
    fs::create_dir_all(&data).context("cannot make .data", "is the workspace writable?")?;
    if owner.can_enter(&data) {
        return Ok(data);
    }
    let parent = elsewhere(&ws.root);
    if !parent.exists() {
        let made = DirBuilder::new().mode(0o755).create(&parent);
        made.context(&format!("cannot make {}", parent.display()), "")?;
    }
    let found = fs::symlink_metadata(&parent).context("cannot look at /var/tmp", "")?;
    if !found.is_dir() || found.uid() != 0 {
        return Err(Failure::new(
            format!("{} is not root's", parent.display()),
            "remove it",
        ));
    }
    Ok(parent)
}

/// As [`parent`], without making anything: for reading what a running xtask has made.
pub fn candidates(ws: &Workspace) -> [PathBuf; 2] {
    [ws.data(), elsewhere(&ws.root)]
}

fn elsewhere(root: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    root.hash(&mut hasher);
    Path::new("/var/tmp").join(format!("bellwether-{:016x}", hasher.finish()))
}

/// Makes the data folder of a cluster, unless it is there. An `initdb` that was cut short leaves
/// nothing that looks finished.
pub fn init(bin: &Path, data: &Path, owner: Owner, log: &Path) -> Result<()> {
    let version = answer(Command::new(bin.join("postgres")).arg("--version")).unwrap_or_default();
    let major = major(&version);
    if let Ok(made_by) = fs::read_to_string(data.join("PG_VERSION")) {
        let made_by = made_by.trim();
        if Some(made_by) == major {
            return Ok(());
        }
        let aside = data.with_extension(format!("pg{made_by}"));
        Steps::note(&format!(
            "PostgreSQL is another than the data's: they are now in {}",
            aside.display()
        ));
        fs::rename(data, &aside).context("cannot move the old data aside", "remove the older copy")?;
    }
    Steps::note(&format!("making a cluster with {version}"));
    let unfinished = data.with_extension("unfinished");
    remove(&unfinished)?;
    remove(data)?;
    owner.make_folder(&unfinished)?;
    let mut initdb = owner.command(&bin.join("initdb"));
    initdb.arg("-D").arg(&unfinished);
    initdb.args(["-U", "bellwether", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
    if cfg!(target_os = "macos") {
        initdb.args(["--locale=C", "--lc-ctype=UTF-8"]);
    } else {
        initdb.arg("--locale=C.UTF-8");
    }
    let hint = "see its output above; a broken PostgreSQL can be passed over by setting DATABASE_URL";
    command::run_logged(&mut initdb, log, hint)?;
    fs::rename(&unfinished, data).context("cannot put the new cluster in place", "")
}

pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context(&format!("cannot remove {}", path.display()), "remove it by hand")
        }
        _ => Ok(()),
    }
}

/// `15` of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `9.6` of `… 9.6.24`.
fn major(version: &str) -> Option<&str> {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()
}

/// Ends a PostgreSQL that an xtask, itself killed along with its watchdog, left behind, and
/// removes a `postmaster.pid` whose number now belongs to some other program. Call it with the
/// cluster's lock held.
pub fn recover(bin: &Path, data: &Path, owner: Owner) -> Result<()> {
    let pid_file = data.join("postmaster.pid");
    let Some(pid) = first_line(&pid_file) else {
        return Ok(());
    };
    match program_of(&pid) {
        Some(program) if program.contains("postgres") || program.contains("postmaster") => {
            Steps::note("ending a PostgreSQL that an earlier run left behind");
            let mut pg_ctl = owner.command(&bin.join("pg_ctl"));
            pg_ctl
                .args(["stop", "-m", "fast", "-w", "-t", "40", "-D"])
                .arg(data);
            if answer(&mut pg_ctl).is_none() && pid_file.exists() {
                return Err(Failure::new(
                    format!("a PostgreSQL (process {pid}) still uses {}", data.display()),
                    format!("kill -QUIT {pid}"),
                ));
            }
            Ok(())
        }
        Some(_) => {
            fs::remove_file(&pid_file).context("cannot remove the stale postmaster.pid", "remove it by hand")
        }
        // PostgreSQL itself deals with the file of a process that is gone.
        None => Ok(()),
    }
}

fn first_line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().next()?.trim();
    line.parse::<u32>().ok().map(|pid| pid.to_string())
}

fn program_of(pid: &str) -> Option<String> {
    if Path::new("/proc/self/comm").exists() {
        return fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    }
    answer(Command::new("ps").args(["-o", "comm=", "-p", pid]))
}

/// Without the caller's PGHOST, PGOPTIONS and the like.
pub fn plain_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("PG")) {
            command.env_remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_found() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some("15")
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some("18"));
        assert_eq!(major(""), None);
    }

    #[test]
    fn two_workspaces_do_not_share_a_folder() {
        assert_ne!(elsewhere(Path::new("/root/a")), elsewhere(Path::new("/root/b")));
        assert_eq!(elsewhere(Path::new("/root/a")), elsewhere(Path::new("/root/a")));
    }
}
