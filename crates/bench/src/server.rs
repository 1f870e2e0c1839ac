//! The server's processes, which end with this program.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    Result,
    http::{self, Connection},
};

/// The secret of sessions and webhooks; it guards nothing but a throw-away database.
pub const SESSION_SECRET: &str = "benchmark-secret-benchmark-secret-00";
const START_TIMEOUT: Duration = Duration::from_secs(30);
const START_POLL: Duration = Duration::from_millis(50);

/// How the server's binary is started.
pub struct Launcher {
    pub binary: PathBuf,
    pub database_url: String,
}

/// A running process; dropping it kills it.
pub struct Process {
    child: Child,
    /// Where it serves, if it does.
    pub port: u16,
}

impl Launcher {
    fn command(&self, port: u16, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env("DATABASE_URL", &self.database_url)
            .env("SESSION_SECRET", SESSION_SECRET)
            // One person here asks for what a thousand would: what is measured is the work, not the limit (S10).
            .env("GRAPHQL_COST_PER_MINUTE", i64::MAX.to_string())
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .env("BASE_URL", format!("http://127.0.0.1:{port}"))
            .env("FAKESERVICE_DELAY_MS", "0")
            .env("RUST_LOG", "warn")
            .env_remove("DEV_APP_SERVER")
            .stdin(Stdio::null())
            // Standard output is the report's.
            .stdout(Stdio::null());
        command
    }

    /// Makes the tables.
    pub fn migrate(&self) -> Result<()> {
        let status = self
            .command(0, &["migrate"])
            .status()
            .map_err(|error| self.describe(&error))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`bellwether migrate` failed ({status})").into())
        }
    }

    /// Serves the API without workers, and waits until it can.
    pub async fn serve(&self) -> Result<Process> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut process = self.spawn(port, &["serve", "--no-worker"])?;
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline {
            process.check()?;
            if is_ready(port).await {
                return Ok(process);
            }
            tokio::time::sleep(START_POLL).await;
        }
        Err(format!("the server is not ready after {START_TIMEOUT:?}").into())
    }

    /// Runs workers alone.
    pub fn work(&self) -> Result<Process> {
        self.spawn(0, &["work"])
    }

    fn spawn(&self, port: u16, arguments: &[&str]) -> Result<Process> {
        let child = self
            .command(port, arguments)
            .spawn()
            .map_err(|error| self.describe(&error))?;
        Ok(Process { child, port })
    }

    fn describe(&self, error: &std::io::Error) -> String {
        format!("{}: {error}", Path::display(&self.binary))
    }
}

async fn is_ready(port: u16) -> bool {
    let Ok(mut connection) = Connection::open(port).await else {
        return false;
    };
    connection
        .exchange(&http::get("/readyz"))
        .await
        .is_ok_and(|answer| answer.status == 200)
}

impl Process {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails when the process has ended.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("the server has ended ({status}); its messages are above").into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
