//! Arguments and environment.

use std::{path::PathBuf, time::Duration};

use crate::{Failure, Result};

pub const HELP: &str = "\
usage: cargo xtask bench [options]
  --seconds N       length of each measurement (5)
  --contacts N      contacts of the campaign (50000)
  --queued N        texts of the sender's measurement (10000)
  --texters A,B,C   concurrent texters, one connection each (1,16,64)
  --only A,B        sendMessage, getInitialContacts, getAssignmentContacts, todos, webhook, sender
  --statements      list the statements behind each figure, those in functions too; costs some speed
  --json FILE       write all figures to FILE
Environment: BENCH_DATABASE_URL (an empty database on this machine), BELLWETHER_BIN, POSTGRES_PID.
";

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    SendMessage,
    /// getAssignmentContacts before the first message, with the text that would be sent.
    GetInitialContacts,
    /// getAssignmentContacts with conversations.
    GetAssignmentContacts,
    Todos,
    Webhook,
    Sender,
}

impl Scenario {
    pub const ALL: [Self; 6] = [
        Self::SendMessage,
        Self::GetInitialContacts,
        Self::GetAssignmentContacts,
        Self::Todos,
        Self::Webhook,
        Self::Sender,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::SendMessage => "sendMessage",
            Self::GetInitialContacts => "getInitialContacts",
            Self::GetAssignmentContacts => "getAssignmentContacts",
            Self::Todos => "todos",
            Self::Webhook => "webhook",
            Self::Sender => "sender",
        }
    }
}

/// What to measure and how.
#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    pub duration: Duration,
    pub contacts: i64,
    pub queued: i64,
    pub texters: Vec<usize>,
    pub scenarios: Vec<Scenario>,
    pub statements: bool,
    pub json: Option<PathBuf>,
}

impl Args {
    pub fn parse(words: &[String]) -> Result<Self> {
        let mut args = Self {
            duration: Duration::from_secs(5),
            contacts: 50_000,
            queued: 10_000,
            texters: vec![1, 16, 64],
            scenarios: Scenario::ALL.to_vec(),
            statements: false,
            json: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--statements" {
                args.statements = true;
                continue;
            }
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| Failure::from(format!("{word} needs a value")))
            };
            match word.as_str() {
                "--seconds" => args.duration = Duration::from_secs(number(word, value()?, 1, 600)?),
                "--contacts" => args.contacts = i64::try_from(number(word, value()?, 10_000, 5_000_000)?)?,
                "--queued" => args.queued = i64::try_from(number(word, value()?, 1, 1_000_000)?)?,
                "--texters" => {
                    let listed: Result<Vec<u64>> = value()?
                        .split(',')
                        .map(|text| number(word, text, 1, 150))
                        .collect();
                    args.texters = listed?
                        .into_iter()
                        .map(usize::try_from)
                        .collect::<std::result::Result<_, _>>()?;
                }
                "--only" => args.scenarios = value()?.split(',').map(scenario).collect::<Result<_>>()?,
                "--json" => args.json = Some(PathBuf::from(value()?)),
                _ => return Err(format!("{word}: there is no such option").into()),
            }
        }
        if args.queued > args.contacts {
            return Err("--queued: not more than --contacts, since each contact gets one".into());
        }
        Ok(args)
    }
}

fn scenario(name: &str) -> Result<Scenario> {
    let found = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
    found.ok_or_else(|| format!("--only: there is no {name:?}").into())
}

fn number(option: &str, text: &str, least: u64, most: u64) -> Result<u64> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("{option}: {text:?} is not a number from {least} to {most}").into()),
    }
}

/// What `cargo xtask bench` hands over.
pub struct Environment {
    pub database_url: String,
    pub server_binary: PathBuf,
    pub postmaster: u32,
}

impl Environment {
    pub fn read() -> Result<Self> {
        Ok(Self {
            database_url: variable("BENCH_DATABASE_URL")?,
            server_binary: variable("BELLWETHER_BIN")?.into(),
            postmaster: variable("POSTGRES_PID")?
                .trim()
                .parse()
                .map_err(|error| format!("POSTGRES_PID: {error}"))?,
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program has no config.rs: its three settings are read here"
)]
fn variable(name: &str) -> Result<String> {
    std::env::var(name)
        .map_err(|error| format!("{name}: {error}: start this with `cargo xtask bench`").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Args> {
        Args::parse(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        let args = parse("--seconds 3 --texters 1,64 --only todos,sender --json x.json").unwrap();
        assert_eq!(args.duration, Duration::from_secs(3));
        assert_eq!(args.texters, [1, 64]);
        assert_eq!(args.scenarios, [Scenario::Todos, Scenario::Sender]);
        assert_eq!(args.json, Some(PathBuf::from("x.json")));
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [
            "--seconds",
            "--seconds 0",
            "--only lunch",
            "--faster",
            "--texters 1,",
            "--queued 60000",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
