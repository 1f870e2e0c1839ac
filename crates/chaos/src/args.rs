//! Options, and what `cargo xtask chaos` hands over in the environment.

use std::path::PathBuf;

use vendor_standin::faults::{self, Profile};

use crate::{Failure, Result, variant::Variant};

pub const HELP: &str = "\
usage: cargo xtask chaos [options]
  --profile P      fast, slow, slow-callbacks or all (all): how the vendor behaves; all is one run each
  --kills N        kills, of all runs together (200)
  --messages N     first messages, of all runs together (100000)
  --seconds N      seconds in which the kills fall, of all runs together (1800)
  --seed N         decides faults, kills and who does what (by the clock, and printed)
  --failpoints     instead of at random, let a process die at each named point, once
  --variant V      a known-bad pipeline: send-in-transaction, blind-retry, opt-out-at-queueing, no-unique-key
  --prove          run all known-bad pipelines and fail unless each is caught
  --short          what CI does: one run of 20 s with all profiles' faults, then the failpoints
  --settle N       longest that things may take to come to rest, in seconds (180)
  --debug          build without optimization (shorter to build, fewer texts a second); implied by --short
";

/// What to do.
#[derive(Debug, Clone)]
pub struct Args {
    pub profiles: Vec<Profile>,
    pub kills: u32,
    pub messages: u32,
    pub seconds: u64,
    pub seed: u64,
    pub failpoints: bool,
    pub variant: Option<Variant>,
    pub prove: bool,
    pub short: bool,
    pub settle: u64,
}

/// The profiles of a run of all.
const ALL: [Profile; 3] = [faults::FAST, faults::SLOW, faults::SLOW_CALLBACKS];
/// The seed of CI's run: always the same, so that a red run is about the change.
const SHORT_SEED: u64 = 20_261_125;

impl Args {
    pub fn parse(words: &[String]) -> Result<Self> {
        let mut args = Self {
            profiles: ALL.to_vec(),
            kills: 200,
            messages: 100_000,
            seconds: 1_800,
            seed: vendor_standin::journal::now_micros().unsigned_abs() / 1_000_000,
            failpoints: false,
            variant: None,
            prove: false,
            short: false,
            settle: 180,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| Failure::from(format!("{word} needs a value")))
            };
            match word.as_str() {
                "--kills" => args.kills = number(word, value()?, 0, 10_000)?,
                "--messages" => args.messages = number(word, value()?, 50, 1_000_000)?,
                "--seconds" => args.seconds = number(word, value()?, 5, 14_400)?,
                "--seed" => args.seed = number(word, value()?, 0, u64::MAX)?,
                "--settle" => args.settle = number(word, value()?, 20, 1_800)?,
                "--profile" => args.profiles = profiles(value()?)?,
                "--variant" => args.variant = Some(Variant::parse(value()?)?),
                "--failpoints" => args.failpoints = true,
                "--prove" => args.prove = true,
                // What to build is xtask's business.
                "--debug" => {}
                "--short" => {
                    args.short = true;
                    args.seed = SHORT_SEED;
                    args.profiles = vec![faults::FAST];
                    (args.kills, args.messages, args.seconds) = (14, 1_200, 20);
                }
                _ => return Err(format!("{word}: there is no such option").into()),
            }
        }
        Ok(args)
    }
}

fn profiles(name: &str) -> Result<Vec<Profile>> {
    if name == "all" {
        return Ok(ALL.to_vec());
    }
    match faults::profile(name) {
        Some(profile) => Ok(vec![profile]),
        None => Err(format!("--profile: there is no {name:?}").into()),
    }
}

fn number<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    option: &str,
    text: &str,
    least: T,
    most: T,
) -> Result<T> {
    match text.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => Err(format!("{option}: {text:?} is not a number from {least} to {most}").into()),
    }
}

/// What `cargo xtask chaos` hands over.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The server, with failpoints.
    pub server: PathBuf,
    pub standin: PathBuf,
    /// PostgreSQL's programs.
    pub postgres: PathBuf,
    /// A cluster that was made for this and is removed afterwards.
    pub data: PathBuf,
    /// The user and group that PostgreSQL runs as; none: ours.
    pub owner: Option<(u32, u32)>,
    pub logs: PathBuf,
}

impl Environment {
    pub fn read() -> Result<Self> {
        let owner = match (variable("CHAOS_PG_USER").ok(), variable("CHAOS_PG_GROUP").ok()) {
            (Some(user), Some(group)) => Some((user.parse()?, group.parse()?)),
            _ => None,
        };
        Ok(Self {
            server: variable("CHAOS_SERVER")?.into(),
            standin: variable("CHAOS_STANDIN")?.into(),
            postgres: variable("CHAOS_PG_BIN")?.into(),
            data: variable("CHAOS_PG_DATA")?.into(),
            owner,
            logs: variable("CHAOS_LOGS")?.into(),
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program has no config.rs: what xtask hands over is read here"
)]
fn variable(name: &str) -> Result<String> {
    std::env::var(name)
        .map_err(|error| format!("{name}: {error}: start this with `cargo xtask chaos`").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Args> {
        Args::parse(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        let args = parse("--kills 3 --profile slow --seed 9 --failpoints").unwrap();
        assert_eq!((args.kills, args.seed, args.failpoints), (3, 9, true));
        assert_eq!(args.profiles, [faults::SLOW]);
        assert_eq!(parse("").unwrap().profiles.len(), 3);
        assert_eq!(
            parse("--variant blind-retry").unwrap().variant,
            Some(Variant::BlindRetry)
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [
            "--kills",
            "--kills x",
            "--profile lunch",
            "--variant good",
            "--more",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
