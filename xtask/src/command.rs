//! Ways to run a command to its end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use crate::failure::{Context, Failure, Result};
use crate::process::{Ending, Running, interrupted};

fn describe(command: &Command) -> String {
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
    let stdout = running.take_stdout();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_failure_are_handed_on() {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; printf two; exit 3"]);
        let outcome = run_lines(&mut command, "a hint", |line| lines.push(line.to_owned()));
        assert_eq!(lines, ["one", "two"]);
        assert!(
            matches!(outcome, Err(Failure::Failed { what, hint }) if what.contains('3') && hint == "a hint")
        );
    }
}
