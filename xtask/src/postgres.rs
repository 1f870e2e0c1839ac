//! A private PostgreSQL: on 127.0.0.1 alone, on a free port, and never outliving xtask.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster_dir::{self, Owner};
use crate::command::{self, answer};
use crate::failure::{Context, Failure, Result};
use crate::process::{Ending, Running, interrupted};
use crate::tools;
use crate::workspace::Workspace;

/// Which cluster, and how it is started.
pub struct Kind {
    name: &'static str,
    /// Made anew for each run and removed after it.
    throwaway: bool,
    settings: &'static [&'static str],
}

/// The data of `cargo xtask run`, kept between runs.
pub const DEV: Kind = Kind {
    name: "postgres",
    throwaway: false,
    settings: &["shared_preload_libraries=pg_stat_statements"],
};

/// For tests: many connections, and nothing that must survive a crash.
pub const TEST: Kind = Kind {
    name: "postgres-test",
    throwaway: true,
    settings: &[
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=300",
        "shared_buffers=256MB",
        // A test counts the statements of requests.
        "shared_preload_libraries=pg_stat_statements",
        // A test counts statements while others make thousands.
        "pg_stat_statements.max=50000",
    ],
};

/// For measuring: as PostgreSQL comes, plus the counters that the benchmark reads.
pub const BENCH: Kind = Kind {
    name: "postgres-bench",
    throwaway: true,
    settings: &[
        "max_connections=200",
        "synchronous_commit=on",
        "shared_preload_libraries=pg_stat_statements",
    ],
};

pub struct Postgres {
    server: Running,
    bin: PathBuf,
    data: PathBuf,
    throwaway: bool,
    port: u16,
    /// Held as long as the cluster runs; the system drops it however xtask ends.
    _lock: File,
}

impl Postgres {
    pub fn start(ws: &Workspace, kind: &Kind) -> Result<Self> {
        let bin = tools::postgres(ws)?;
        let owner = Owner::choose()?;
        let data = cluster_dir::parent(ws, owner)?.join(kind.name);
        let lock = lock(&data)?;
        cluster_dir::recover(&bin, &data, owner)?;
        if kind.throwaway {
            cluster_dir::remove(&data)?;
        }
        let log = ws.logs().join(format!("{}.log", kind.name));
        cluster_dir::init(&bin, &data, owner, &log)?;
        let mut tries = 0;
        // A port that was free a moment ago may be taken by now.
        let (server, port) = loop {
            tries += 1;
            match launch(&bin, &data, owner, kind, &log) {
                Err(Failure::Failed { .. }) if tries < 3 => {}
                outcome => break outcome?,
            }
        };
        Ok(Self {
            server,
            bin,
            data,
            throwaway: kind.throwaway,
            port,
            _lock: lock,
        })
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://bellwether@127.0.0.1:{}/{database}", self.port)
    }

    /// The process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.server.id()
    }

    pub fn create_database(&self, name: &str) -> Result<()> {
        let there = self.sql(
            "postgres",
            &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"),
        )?;
        if there.is_empty() {
            self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        }
        Ok(())
    }

    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = psql_command(&self.bin, self.port, database);
        psql.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        answer(&mut psql)
            .ok_or_else(|| Failure::new(format!("PostgreSQL refused `{statement}`"), "see .data/logs/"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.server.stop();
        if self.throwaway {
            drop(cluster_dir::remove(&self.data));
        }
    }
}

fn lock(data: &Path) -> Result<File> {
    let path = data.with_extension("lock");
    let file = File::create(&path).context(&format!("cannot write {}", path.display()), "remove it")?;
    // An xtask that has just been killed may still be going.
    let deadline = Instant::now() + Duration::from_secs(2);
    while let Err(error) = file.try_lock() {
        if Instant::now() > deadline {
            return Err(Failure::new(
                format!("another `cargo xtask` uses {} ({error})", data.display()),
                "let it finish, or end it; its id: `pgrep -f target/debug/xtask`",
            ));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(file)
}

fn launch(bin: &Path, data: &Path, owner: Owner, kind: &Kind, log: &Path) -> Result<(Running, u16)> {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .context("there is no free port on 127.0.0.1", "")?
        .port();
    let mut command = owner.command(&bin.join("postgres"));
    cluster_dir::plain_environment(&mut command);
    command.arg("-D").arg(data).arg("-p").arg(port.to_string());
    // No socket file: its path would be limited to 107 bytes.
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="]
        .iter()
        .chain(kind.settings)
    {
        command.args(["-c", setting]);
    }
    let file = File::create(log).context("cannot write PostgreSQL's log", &log.display().to_string())?;
    let copy = file.try_clone().context("cannot write PostgreSQL's log", "")?;
    let mut server = Running::spawn(command.stdout(file).stderr(copy), Ending::POSTGRES)?;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let why = if let Some(status) = server.poll() {
            format!("PostgreSQL ended ({status})")
        } else if Instant::now() > deadline {
            "PostgreSQL does not answer".to_owned()
        } else if interrupted() {
            return Err(Failure::Interrupted);
        } else {
            let mut ready = Command::new(bin.join("pg_isready"));
            cluster_dir::plain_environment(&mut ready);
            if answer(ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])).is_some() {
                return Ok((server, port));
            }
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let hint = format!("if its data are broken: rm -rf {}", data.display());
        return Err(Failure::new(format!("{why}:\n{}", command::log_end(log)), hint));
    }
}

fn psql_command(bin: &Path, port: u16, database: &str) -> Command {
    let mut psql = Command::new(bin.join("psql"));
    cluster_dir::plain_environment(&mut psql);
    psql.args([
        "-h",
        "127.0.0.1",
        "-U",
        "bellwether",
        "-d",
        database,
        "-p",
        &port.to_string(),
    ]);
    psql
}

/// `cargo xtask psql`: becomes psql on the cluster of a running `cargo xtask run`.
pub fn psql(ws: &Workspace, args: &[String]) -> Result<()> {
    let mut files = cluster_dir::candidates(ws)
        .map(|parent| parent.join(DEV.name).join("postmaster.pid"))
        .into_iter();
    let port = files.find_map(|path| port_in(&fs::read_to_string(path).ok()?));
    let port = port.ok_or_else(|| {
        Failure::new(
            "the development database is not running",
            "start `cargo xtask run`",
        )
    })?;
    let bin = tools::postgres(ws)?;
    let error = psql_command(&bin, port, "bellwether").args(args).exec();
    Err(error).context("cannot start psql", "")
}

/// The fourth line of `postmaster.pid`.
fn port_in(pid_file: &str) -> Option<u16> {
    pid_file.lines().nth(3)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_pid_file() {
        let file = "4711\n/work/.data/postgres\n1790000000\n54321\n\n127.0.0.1\n  1 2\nready   \n";
        assert_eq!(port_in(file), Some(54321));
        assert_eq!(port_in("4711\n"), None);
    }

    #[test]
    fn a_throwaway_cluster_starts_answers_and_leaves_nothing() {
        // Only where PostgreSQL is: a test installs nothing.
        if tools::find_postgres().is_none() {
            return;
        }
        let root = std::env::temp_dir().join(format!("xtask-postgres-{}", std::process::id()));
        let ws = Workspace { root: root.clone() };
        fs::create_dir_all(ws.logs()).unwrap();
        let kind = Kind {
            name: "postgres-x",
            throwaway: true,
            settings: &["fsync=off", "max_connections=5"],
        };
        let postgres = Postgres::start(&ws, &kind).unwrap();
        for _ in 0..2 {
            postgres.create_database("one").unwrap();
        }
        assert_eq!(postgres.sql("one", "SHOW fsync").unwrap(), "off");
        assert_eq!(postgres.sql("one", "SELECT lower('Ä')").unwrap(), "ä");
        assert!(postgres.sql("one", "SELECT nonsense").is_err());
        let data = postgres.data.clone();
        assert!(data.exists());
        drop(postgres);
        assert!(!data.exists());
        fs::remove_dir_all(root).unwrap();
    }
}
