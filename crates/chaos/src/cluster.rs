//! A PostgreSQL that is killed: the postmaster and all of its children at once, as a power cut would.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};

use crate::{Result, args::Environment};

/// As in production: what was acknowledged must be on disk. Commit times tell when an opt-out was in force.
const SETTINGS: [&str; 7] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=on",
    "synchronous_commit=on",
    "track_commit_timestamp=on",
    "max_connections=200",
    "log_min_messages=warning",
];
/// Longest that it may take to start, recovery included.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

pub struct Cluster {
    environment: Environment,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl Cluster {
    pub async fn start(environment: &Environment) -> Result<Self> {
        let port = free_port()?;
        let cluster = Self {
            environment: environment.clone(),
            port,
            child: Mutex::new(None),
        };
        cluster.launch().await?;
        Ok(cluster)
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://bellwether@127.0.0.1:{}/{database}", self.port)
    }

    /// A connection of ours.
    pub async fn connect(&self, database: &str) -> Result<Client> {
        let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls).await?;
        tokio::spawn(async move {
            // A connection that PostgreSQL's death ends is no news.
            let _ = connection.await;
        });
        Ok(client)
    }

    /// Kills it with SIGKILL and starts it again.
    pub async fn kill(&self) -> Result<()> {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            let children = children_of(child.id());
            child.kill()?;
            signal("KILL", &children);
            child.wait()?;
        }
        self.launch().await
    }

    async fn launch(&self) -> Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let mut running = self.spawn()?;
            while running.try_wait()?.is_none() {
                if self.connect("postgres").await.is_ok() {
                    *self.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
                    return Ok(());
                }
                if Instant::now() > deadline {
                    running.kill()?;
                    break;
                }
                sleep(POLL).await;
            }
            // Children of the one that was killed may hold its memory for a moment.
            if Instant::now() > deadline {
                let log = self.environment.logs.join("chaos-postgres.log");
                return Err(format!("PostgreSQL does not start; its words are in {}", log.display()).into());
            }
            sleep(POLL).await;
        }
    }

    fn spawn(&self) -> Result<Child> {
        let log = self.environment.logs.join("chaos-postgres.log");
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(self.environment.postgres.join("postgres"));
        command.arg("-D").arg(&self.environment.data);
        command.args(["-p", &self.port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        if let Some((user, group)) = self.environment.owner {
            command.uid(user).gid(group);
        }
        command.current_dir("/").env("LC_ALL", "C").env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command.spawn()?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            // It is thrown away: there is nothing to shut down in order. It may have ended by itself.
            let children = children_of(child.id());
            let _ = child.kill();
            signal("KILL", &children);
            let _ = child.wait();
        }
    }
}

/// A port that is free now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Sends a signal to processes, which may be gone.
pub fn signal(name: &str, processes: &[u32]) {
    if processes.is_empty() {
        return;
    }
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}"))
        .args(processes.iter().map(u32::to_string));
    let _ = kill.stderr(Stdio::null()).status();
}

fn children_of(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name of the program stands in brackets and may hold spaces: state and parent come after it.
            let (_, rest) = stat.rsplit_once(')')?;
            (rest.split_whitespace().nth(1)?.parse() == Ok(parent)).then_some(id)
        })
        .collect()
}
