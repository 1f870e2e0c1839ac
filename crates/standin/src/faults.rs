//! What goes wrong, and when: by probabilities and a seed.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

/// Numbers that look random, always the same for the same seed: `SplitMix64`
/// (<https://prng.di.unimi.it/splitmix64.c>).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.throw().checked_rem(limit).unwrap_or_default()
    }

    /// True so many times in a thousand.
    pub fn permille(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }

    /// From `least` to `most` milliseconds.
    pub fn between(&mut self, (least, most): (u64, u64)) -> Duration {
        Duration::from_millis(least + self.below(most.saturating_sub(least) + 1))
    }
}

/// What becomes of one request to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Taken and answered.
    None,
    /// 429 with `Retry-After: 1`; not taken.
    TooMany,
    /// 500; not taken.
    ErrorBefore,
    /// 500; taken all the same.
    ErrorAfter,
    /// The connection breaks; not taken.
    ResetBefore,
    /// The connection breaks; taken.
    ResetAfter,
    /// No answer ever; taken.
    SilenceAfter,
    /// An answer that is not JSON; taken.
    MalformedAfter,
}

impl Fault {
    /// As the log says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::TooMany => "429",
            Self::ErrorBefore => "500-before",
            Self::ErrorAfter => "500-after",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::SilenceAfter => "silence-after",
            Self::MalformedAfter => "malformed-after",
        }
    }

    /// Whether the text is taken.
    pub const fn accepts(self) -> bool {
        matches!(
            self,
            Self::None | Self::ErrorAfter | Self::ResetAfter | Self::SilenceAfter | Self::MalformedAfter
        )
    }
}

/// How a vendor behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// Milliseconds until an answer, least and most.
    pub answer: (u64, u64),
    /// Milliseconds until each status callback, least and most: from the acceptance, so that they overtake one another
    /// where the range is wide.
    pub callback: (u64, u64),
    /// Callbacks and texts from contacts that are told twice, in a thousand.
    pub twice: u64,
    /// Milliseconds until the list of messages shows a text that was taken.
    pub list_lag: u64,
    /// Texts in a thousand that end as undelivered.
    pub undelivered: u64,
    /// Faults in a thousand requests, each kind but 429 and silence; silence comes a third as often.
    pub faults: u64,
}

/// Answers within milliseconds.
pub const FAST: Profile = Profile {
    name: "fast",
    answer: (0, 8),
    callback: (2, 250),
    twice: 50,
    list_lag: 0,
    undelivered: 20,
    faults: 12,
};
/// Takes 100 ms to 2 s to answer.
pub const SLOW: Profile = Profile {
    name: "slow",
    answer: (100, 2_000),
    callback: (50, 3_000),
    twice: 50,
    list_lag: 1_500,
    undelivered: 20,
    faults: 12,
};
/// Calls back seconds late, in any order, and often twice.
pub const SLOW_CALLBACKS: Profile = Profile {
    name: "slow-callbacks",
    answer: (2, 60),
    callback: (500, 9_000),
    twice: 400,
    list_lag: 500,
    undelivered: 20,
    faults: 12,
};
/// For measuring: 100 ms, and all goes well.
pub const STEADY: Profile = Profile {
    name: "steady",
    answer: (100, 100),
    callback: (100, 300),
    twice: 0,
    list_lag: 0,
    undelivered: 0,
    faults: 0,
};

/// Every profile.
pub const PROFILES: [Profile; 4] = [FAST, SLOW, SLOW_CALLBACKS, STEADY];

/// The profile of that name.
pub fn profile(name: &str) -> Option<Profile> {
    PROFILES.into_iter().find(|profile| profile.name == name)
}

/// Requests that a burst of 429 lasts.
const BURST: u64 = 12;
/// Bursts of 429 begin once in so many requests, and no more often than [`BURSTS`] in all: an account that is told to
/// slow down halves its pace each time, which is right and would make a run of minutes one of hours.
const BURST_EVERY: u64 = 1_500;
const BURSTS: u64 = 2;

/// Decides what becomes of requests.
pub struct Faults(Mutex<State>);

struct State {
    dice: Dice,
    profile: Profile,
    is_calm: bool,
    bursts: u64,
    burst_left: u64,
}

/// What was decided about a request to send.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// What goes wrong.
    pub fault: Fault,
    /// How long the answer takes.
    pub answer_after: Duration,
}

impl Faults {
    /// By a profile and a seed.
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self(Mutex::new(State {
            dice: Dice::new(seed),
            profile,
            is_calm: false,
            bursts: BURSTS,
            burst_left: 0,
        }))
    }

    fn with<T>(&self, each: impl FnOnce(&mut State) -> T) -> T {
        each(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on nothing goes wrong.
    pub fn calm(&self) {
        self.with(|state| state.is_calm = true);
    }

    /// From now on so.
    pub fn behave(&self, profile: Profile) {
        self.with(|state| state.profile = profile);
    }

    /// The profile in force.
    pub fn profile(&self) -> Profile {
        self.with(|state| state.profile)
    }

    /// What becomes of a request to send.
    pub fn decide(&self) -> Decision {
        self.with(|state| Decision {
            fault: state.fault(),
            answer_after: state.dice.between(state.profile.answer),
        })
    }

    /// How long until a callback.
    pub fn callback_after(&self) -> Duration {
        self.with(|state| state.dice.between(state.profile.callback))
    }

    /// How often an event is told: once or twice.
    pub fn times(&self) -> u32 {
        self.with(|state| 1 + u32::from(!state.is_calm && state.dice.permille(state.profile.twice)))
    }

    /// Whether a text does not arrive.
    pub fn is_undelivered(&self) -> bool {
        self.with(|state| state.dice.permille(state.profile.undelivered))
    }

    /// 128 random bits in hex, for an id.
    pub fn id(&self) -> String {
        self.with(|state| format!("{:016x}{:016x}", state.dice.throw(), state.dice.throw()))
    }
}

impl State {
    fn fault(&mut self) -> Fault {
        if self.is_calm || self.profile.faults == 0 {
            return Fault::None;
        }
        if self.burst_left > 0 {
            self.burst_left -= 1;
            return Fault::TooMany;
        }
        if self.bursts > 0 && self.dice.below(BURST_EVERY) == 0 {
            self.bursts -= 1;
            self.burst_left = BURST;
            return Fault::TooMany;
        }
        let each = self.profile.faults;
        let kinds = [
            (each, Fault::ErrorBefore),
            (each, Fault::ErrorAfter),
            (each, Fault::ResetBefore),
            (each, Fault::ResetAfter),
            (each / 3, Fault::SilenceAfter),
            (each, Fault::MalformedAfter),
        ];
        let mut thrown = self.dice.below(1000);
        for (share, fault) in kinds {
            if thrown < share {
                return fault;
            }
            thrown -= share;
        }
        Fault::None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_same_seed_decides_the_same() {
        let decide = |seed| {
            let faults = Faults::new(FAST, seed);
            (0..500).map(|_| faults.decide().fault).collect::<Vec<_>>()
        };
        assert_eq!(decide(7), decide(7));
        assert_ne!(decide(7), decide(8));
    }

    #[test]
    fn every_fault_comes_and_calm_means_none() {
        let faults = Faults::new(SLOW, 1);
        let mut seen: HashMap<&str, u32> = HashMap::new();
        for _ in 0..20_000 {
            *seen.entry(faults.decide().fault.as_str()).or_default() += 1;
        }
        assert_eq!(seen.len(), 8, "{seen:?}");
        assert!(seen["none"] > 18_000 && seen["none"] < 19_200, "{seen:?}");
        assert_eq!(u64::from(seen["429"]), BURSTS * (BURST + 1));
        faults.calm();
        assert!((0..5_000).all(|_| faults.decide().fault == Fault::None));
    }

    #[test]
    fn times_are_within_the_profile() {
        let mut dice = Dice::new(3);
        for _ in 0..1000 {
            let time = dice.between((100, 102)).as_millis();
            assert!((100..=102).contains(&time));
        }
    }
}
