//! Child processes that never outlive xtask.
//!
//! Each child is the head of a process group of its own, so that Ctrl-C reaches xtask alone and
//! xtask decides in which order things end. Beside each child sits a watchdog, a tiny `sh` that
//! reads from a pipe whose other end only xtask holds: however xtask ends, `kill -9` included, the
//! pipe closes and the watchdog ends the child.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::{Context, Failure, Result};

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

    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_alive(pid: u32) -> bool {
        Command::new("sh")
            .args(["-c", "kill -s 0 -- \"$1\"", "kill", &pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }

    #[test]
    fn a_dropped_child_is_gone() {
        let running = Running::spawn(Command::new("sleep").arg("100"), Ending::GROUP).unwrap();
        let pid = running.id();
        assert!(is_alive(pid));
        drop(running);
        assert!(!is_alive(pid));
    }

    #[test]
    fn a_child_ends_when_the_pipe_to_its_watchdog_closes() {
        // What the system does when xtask is killed.
        let mut running = Running::spawn(Command::new("sleep").arg("100"), Ending::GROUP).unwrap();
        drop(running.watchdog.stdin.take());
        assert!(!running.wait().unwrap().success());
    }
}
