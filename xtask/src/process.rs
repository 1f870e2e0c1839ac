//! Child processes that never outlive xtask.
//!
//! Each child is the head of a process group of its own, so that Ctrl-C reaches xtask alone and
//! xtask decides in which order things end. Beside each child sits a watchdog, a tiny `sh` that
//! reads from a pipe whose other end only xtask holds: however xtask ends, `kill -9` included, the
//! pipe closes and the watchdog ends the child.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

#[derive(Debug)]
pub enum Failure {
    /// Ctrl-C or SIGTERM.
    Interrupted,
    Failed {
        what: String,
        /// What the reader can do about it.
        hint: String,
    },
}

impl Failure {
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

pub type Result<T> = std::result::Result<T, Failure>;

pub trait Context<T> {
    fn context(self, what: &str, hint: &str) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: &str, hint: &str) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{what}: {error}"), hint))
    }
}

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The first SIGINT or SIGTERM asks for an orderly end; the second ends xtask at once.
pub fn catch_signals() -> Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(flag)))
            .context("cannot listen for signals", "")?;
    }
    Ok(())
}

pub fn interrupted() -> bool {
    INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// How a child is asked to end, and how it is made to.
#[derive(Clone, Copy)]
pub struct Ending {
    ask: &'static str,
    force: &'static str,
    grace: Duration,
    whole_group: bool,
}

impl Ending {
    /// SIGTERM to the child and all that it started.
    pub const GROUP: Self = Self {
        ask: "TERM",
        force: "KILL",
        grace: Duration::from_secs(15),
        whole_group: true,
    };
    /// Postgres: SIGINT is its fast shutdown, SIGQUIT the immediate one; its own children are its business.
    pub const POSTGRES: Self = Self {
        ask: "INT",
        force: "QUIT",
        grace: Duration::from_secs(30),
        whole_group: false,
    };

    fn target(self, pid: u32) -> String {
        if self.whole_group {
            format!("-{pid}")
        } else {
            pid.to_string()
        }
    }
}

const WATCHDOG: &str = r#"
trap '' INT TERM HUP
read -r line && exit 0
kill -s "$2" -- "$1"
tries=0
while [ $tries -lt "$4" ] && kill -s 0 -- "$1"; do sleep 0.1; tries=$((tries + 1)); done
kill -s "$3" -- "$1"
"#;

/// A running child with its watchdog. Dropping it ends it.
pub struct Running {
    child: Child,
    watchdog: Child,
    ending: Ending,
    ended: bool,
}

impl Running {
    pub fn spawn(command: &mut Command, ending: Ending) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .context(&format!("cannot start {name}"), "is it installed?")?;
        let watchdog = Command::new("sh")
            .args([
                "-c",
                WATCHDOG,
                "watchdog",
                &ending.target(child.id()),
                ending.ask,
                ending.force,
            ])
            .arg((ending.grace.as_millis() / 100).to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match watchdog {
            Ok(watchdog) => Ok(Self {
                child,
                watchdog,
                ending,
                ended: false,
            }),
            Err(error) => {
                signal(ending.force, &ending.target(child.id()));
                Err(Failure::new(format!("cannot start sh: {error}"), ""))
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child's status, if it has ended.
    pub fn poll(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        if status.is_some() && !self.ended {
            self.ended = true;
            self.dismiss_watchdog();
        }
        status
    }

    /// Waits for the child's own end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.poll() {
                return Ok(status);
            }
            if interrupted() {
                self.stop();
                return Err(Failure::Interrupted);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn stop(&mut self) {
        if self.poll().is_some() {
            return;
        }
        let target = self.ending.target(self.id());
        signal(self.ending.ask, &target);
        let deadline = Instant::now() + self.ending.grace;
        while self.poll().is_none() {
            if Instant::now() > deadline {
                signal(self.ending.force, &target);
                drop(self.child.wait());
            }
            thread::sleep(Duration::from_millis(20));
        }
        if self.ending.whole_group {
            // What the child had started and left behind.
            signal(self.ending.force, &target);
        }
    }

    fn dismiss_watchdog(&mut self) {
        if let Some(mut pipe) = self.watchdog.stdin.take() {
            drop(pipe.write_all(b"done\n"));
        }
        drop(self.watchdog.wait());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Through `sh`: `kill` is built in there, and a program of its own that slim images lack.
fn signal(name: &str, target: &str) {
    let kill = Command::new("sh")
        .args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", name, target])
        .stderr(Stdio::null())
        .status();
    drop(kill);
}

pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().to_string_lossy()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy()));
    words.join(" ")
}

fn check(command: &Command, status: ExitStatus, hint: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(
        format!("`{}` failed ({status})", describe(command)),
        hint,
    ))
}

/// Runs a command with its output shown.
pub fn run(command: &mut Command, hint: &str) -> Result<()> {
    let status = Running::spawn(command, Ending::GROUP)?.wait()?;
    check(command, status, hint)
}

/// Runs a command that may ask something on the terminal, such as sudo for a password.
pub fn run_on_terminal(command: &mut Command, hint: &str) -> Result<()> {
    let name = describe(command);
    let status = command
        .status()
        .context(&format!("cannot start `{name}`"), hint)?;
    if interrupted() {
        return Err(Failure::Interrupted);
    }
    check(command, status, hint)
}

/// Runs a command with its output in a log file, whose end is shown if it fails.
pub fn run_logged(command: &mut Command, log: &Path, hint: &str) -> Result<()> {
    let file = File::create(log).context("cannot write the log", &log.display().to_string())?;
    let copy = file.try_clone().context("cannot write the log", "")?;
    let outcome = run(command.stdout(file).stderr(copy), hint);
    if matches!(outcome, Err(Failure::Failed { .. })) {
        eprintln!("{}", log_end(log));
    }
    outcome
}

/// Runs a command and hands on each line of its output as it comes.
pub fn run_lines(command: &mut Command, hint: &str, mut each: impl FnMut(&str) + Send) -> Result<()> {
    let mut running = Running::spawn(command.stdout(Stdio::piped()), Ending::GROUP)?;
    let stdout = running.child.stdout.take();
    let status = thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut lines = BufReader::new(stdout?);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
                line.clear();
            }
            Some(())
        });
        let status = running.wait();
        drop(reader.join());
        status
    })?;
    check(command, status, hint)
}

/// The output of a quick question, if it was answered.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub fn log_end(log: &Path) -> String {
    let text = fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.get(lines.len().saturating_sub(40)..).unwrap_or_default();
    format!("{}\n(the whole log: {})", end.join("\n"), log.display())
}
