//! The server, two workers and the stand-in. Who dies is started again.

use std::{
    fs::File,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};
use vendor_standin::{faults::Profile, journal::now_micros};

use crate::{
    Result,
    args::Environment,
    cluster::{free_port, signal},
};

/// The account with the vendor; it guards nothing.
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "chaos-token-chaos-token-chaos-00";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const SESSION_SECRET: &str = "chaos-secret-chaos-secret-chaos-0000";
/// A text whose fate is unknown is asked for after this time: less than in production, where it is a minute, so that
/// a run of a minute comes to rest.
const SETTLE_SECONDS: &str = "8";
const POLL: Duration = Duration::from_millis(20);
/// What the signal of `std::process::abort` is.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// Who can die.
pub const SERVER: usize = 0;
pub const WORKERS: [usize; 2] = [1, 2];
const NAMES: [&str; 3] = ["server", "worker-1", "worker-2"];

/// How often a process ended, and how.
#[derive(Debug, Default, Clone, Copy)]
pub struct Ends {
    /// By our SIGKILL.
    pub killed: u32,
    /// At a failpoint.
    pub aborted: u32,
    /// By itself: while PostgreSQL is away it cannot start.
    pub other: u32,
}

#[derive(Default)]
struct Slot {
    child: Option<Child>,
    /// The failpoint of the next start.
    failpoint: Option<String>,
    ends: Ends,
}

/// A time in which a process was stopped by SIGSTOP, in microseconds since 1970: what was in flight then took longer.
pub type Freeze = (i64, i64);

pub struct Fleet {
    environment: Environment,
    database_url: String,
    variant: &'static str,
    pub port: u16,
    pub vendor_port: u16,
    slots: [Mutex<Slot>; 3],
    standin: Mutex<Option<Child>>,
    is_stopping: AtomicBool,
    freezes: Mutex<Vec<Freeze>>,
}

impl Fleet {
    pub fn new(environment: &Environment, database_url: &str, variant: &'static str) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            environment: environment.clone(),
            database_url: database_url.to_owned(),
            variant,
            port: free_port()?,
            vendor_port: free_port()?,
            slots: Default::default(),
            standin: Mutex::default(),
            is_stopping: AtomicBool::new(false),
            freezes: Mutex::default(),
        }))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.environment.server);
        command
            .args(arguments)
            .env("DATABASE_URL", &self.database_url)
            .env("SESSION_SECRET", SESSION_SECRET)
            .env("HOST", "127.0.0.1")
            .env("PORT", self.port.to_string())
            .env("BASE_URL", format!("http://127.0.0.1:{}", self.port))
            .env("DEFAULT_SERVICE", "twilio")
            .env(
                "TWILIO_API_BASE_URL",
                format!("http://127.0.0.1:{}", self.vendor_port),
            )
            .env("TWILIO_ACCOUNT_SID", ACCOUNT)
            .env("TWILIO_AUTH_TOKEN", TOKEN)
            .env("TWILIO_MESSAGE_SERVICE_SID", SERVICE)
            .env("SETTLE_SECONDS", SETTLE_SECONDS)
            // A few people here ask for what thousands would: what is tested is not the limit (S10).
            .env("GRAPHQL_COST_PER_MINUTE", i64::MAX.to_string())
            .env("DB_MAX_POOL", "16")
            .env("DB_WORKER_POOL", "8")
            .env("HTTP_WORKERS", "2")
            .env("RUST_LOG", "warn")
            .env("CHAOS_VARIANT", self.variant)
            .env_remove("FAILPOINT")
            .env_remove("DEV_APP_SERVER")
            .stdin(Stdio::null());
        command
    }

    fn log(&self, name: &str) -> Result<File> {
        let path = self.environment.logs.join(format!("chaos-{name}.log"));
        Ok(File::options().create(true).append(true).open(path)?)
    }

    /// Makes the tables.
    pub fn migrate(&self) -> Result<()> {
        let status = self
            .command(&["migrate"])
            .stdout(Stdio::null())
            .stderr(self.log("migrate")?)
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`bellwether migrate` failed ({status}); see chaos-migrate.log").into())
        }
    }

    /// Starts the stand-in.
    pub fn start_vendor(&self, log: &std::path::Path, profile: Profile, seed: u64) -> Result<()> {
        let child = Command::new(&self.environment.standin)
            .arg(self.vendor_port.to_string())
            .arg(log)
            .args([ACCOUNT, TOKEN])
            .arg(format!("http://127.0.0.1:{}", self.port))
            .args([profile.name, &seed.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(self.log("standin")?)
            .spawn()?;
        *self.standin.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(())
    }

    /// Starts server and workers, and keeps them running until the end.
    pub fn start(self: &Arc<Self>) {
        for (slot, _) in NAMES.iter().enumerate() {
            let fleet = Arc::clone(self);
            tokio::spawn(async move { fleet.keep(slot).await });
        }
    }

    fn with<T>(&self, slot: usize, each: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let slot = self.slots.get(slot)?;
        Some(each(&mut slot.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    async fn keep(&self, slot: usize) {
        while !self.is_stopping.load(Ordering::Relaxed) {
            let started = self.with(slot, |one| self.look_after(slot, one));
            if let Some(Err(error)) = started {
                eprintln!("chaos: {}: {error}", NAMES.get(slot).unwrap_or(&"?"));
                sleep(Duration::from_secs(1)).await;
            }
            sleep(POLL).await;
        }
    }

    /// Notes an end and starts again.
    fn look_after(&self, slot: usize, one: &mut Slot) -> Result<()> {
        if let Some(child) = &mut one.child {
            let Some(status) = child.try_wait()? else {
                return Ok(());
            };
            match status.signal() {
                Some(SIGKILL) => one.ends.killed += 1,
                Some(SIGABRT) => one.ends.aborted += 1,
                _ => one.ends.other += 1,
            }
            one.child = None;
        }
        let arguments: &[&str] = if slot == SERVER {
            &["serve", "--no-worker"]
        } else {
            &["work"]
        };
        let mut command = self.command(arguments);
        if let Some(failpoint) = one.failpoint.take() {
            command.env("FAILPOINT", failpoint);
        }
        let log = self.log(NAMES.get(slot).unwrap_or(&"?"))?;
        one.child = Some(command.stdout(log.try_clone()?).stderr(log).spawn()?);
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&self, slot: usize) {
        self.with(slot, |one| {
            if let Some(child) = &mut one.child {
                // It may have ended by itself.
                let _ = child.kill();
            }
        });
    }

    /// Stops a process for a while, as a machine that swaps or a debugger would, and lets it go on.
    pub async fn freeze(&self, slot: usize, time: Duration) {
        let Some(Some(id)) = self.with(slot, |one| one.child.as_ref().map(Child::id)) else {
            return;
        };
        let begun = now_micros();
        signal("STOP", &[id]);
        sleep(time).await;
        signal("CONT", &[id]);
        let mut freezes = self.freezes.lock().unwrap_or_else(PoisonError::into_inner);
        freezes.push((begun, now_micros()));
    }

    pub fn freezes(&self) -> Vec<Freeze> {
        self.freezes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Kills a process and lets the next one die at a failpoint.
    pub fn arm(&self, slot: usize, failpoint: &str) {
        self.with(slot, |one| {
            one.failpoint = Some(failpoint.to_owned());
            if let Some(child) = &mut one.child {
                let _ = child.kill();
            }
        });
    }

    pub fn ends(&self, slot: usize) -> Ends {
        self.with(slot, |one| one.ends).unwrap_or_default()
    }

    /// Waits until the server answers.
    pub async fn wait_until_ready(&self, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        loop {
            let ready = crate::api::get(self.port, "/readyz").await;
            if ready.is_some_and(|answer| answer.word(1) == "200") {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("the server is not ready; see chaos-server.log".into());
            }
            sleep(POLL).await;
        }
    }

    /// Ends everything.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            end(slot.child.take());
        }
        end(self.standin.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop();
    }
}
