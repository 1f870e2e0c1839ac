//! CPU time of processes, from /proc.

use std::{fs, path::Path};

use crate::Result;

/// Linux counts CPU time in 1/100 s (`USER_HZ`) on every architecture that Rust's std runs on.
const MS_PER_TICK: u64 = 10;

/// CPU time spent so far, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// The server, all threads.
    pub server: u64,
    /// The postmaster, its children, and those that have ended.
    pub postgres: u64,
    /// This program.
    pub bench: u64,
    /// Everything on the machine.
    pub machine: u64,
}

impl Spent {
    pub fn now(server: u32, postmaster: u32) -> Result<Self> {
        Ok(Self {
            server: process(&server.to_string())?.own,
            postgres: family(postmaster)?,
            bench: process("self")?.own,
            machine: machine()?,
        })
    }

    pub fn since(self, earlier: Self) -> Self {
        Self {
            server: self.server.saturating_sub(earlier.server),
            postgres: self.postgres.saturating_sub(earlier.postgres),
            bench: self.bench.saturating_sub(earlier.bench),
            machine: self.machine.saturating_sub(earlier.machine),
        }
    }

    /// What processes spent that have nothing to do with the benchmark.
    pub fn others(self) -> u64 {
        self.machine
            .saturating_sub(self.server + self.postgres + self.bench)
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

fn process(id: &str) -> Result<Stat> {
    let path = format!("/proc/{id}/stat");
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    parse_stat(&text).ok_or_else(|| format!("{path} cannot be read").into())
}

fn family(postmaster: u32) -> Result<u64> {
    let head = process(&postmaster.to_string())?;
    let mut spent = head.own + head.ended_children;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name
            .to_str()
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        else {
            continue;
        };
        // A process may end while we look.
        let Ok(text) = fs::read_to_string(Path::new("/proc").join(id).join("stat")) else {
            continue;
        };
        if let Some(stat) = parse_stat(&text).filter(|stat| stat.parent == postmaster) {
            spent += stat.own + stat.ended_children;
        }
    }
    Ok(spent)
}

/// The program's name stands in brackets and may itself hold spaces and brackets.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    // From here on the third field of proc(5) is the first.
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: (ticks(14)? + ticks(15)?) * MS_PER_TICK,
        ended_children: (ticks(16)? + ticks(17)?) * MS_PER_TICK,
    })
}

fn machine() -> Result<u64> {
    let text = fs::read_to_string("/proc/stat")?;
    parse_machine(&text).ok_or_else(|| "/proc/stat cannot be read".into())
}

/// User, nice, system, irq, softirq and steal, without idle and waiting for disks.
fn parse_machine(text: &str) -> Option<u64> {
    let numbers: Vec<u64> = text
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()
        .ok()?;
    let busy: u64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| numbers.get(*at)).sum();
    Some(busy * MS_PER_TICK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let text = "42 (a) (b c) S 7 42 42 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0 1 2 3";
        assert_eq!(
            parse_stat(text),
            Some(Stat {
                parent: 7,
                own: 230,
                ended_children: 270
            })
        );
        assert_eq!(parse_stat("42 (a"), None);
        assert!(process("self").is_ok());
    }

    #[test]
    fn the_machine_is_read() {
        assert_eq!(parse_machine("cpu  1 2 3 400 500 6 7 8 0 0\ncpu0 1"), Some(270));
    }
}
