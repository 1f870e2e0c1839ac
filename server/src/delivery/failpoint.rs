//! Named points at which a process can be made to die, for `cargo xtask chaos --failpoints` alone: random kills miss
//! windows of a few milliseconds. Without the feature `failpoints` they are nothing at all.
//!
//! `FAILPOINT=name` or `FAILPOINT=name:7` in the environment lets the process abort when it comes by that point for
//! the first or seventh time, as SIGKILL would: nothing is written, no destructor runs.

mod names;
pub use names::ALL;

/// Dies here, if the environment says so. Known names only: see [`ALL`].
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::delivery::failpoint::hit($name);
    };
}

/// Dies a moment after this point, while what follows is under way.
#[macro_export]
macro_rules! failpoint_soon {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::delivery::failpoint::hit_soon($name);
    };
}

#[cfg(feature = "failpoints")]
pub use armed::{hit, hit_soon};

#[cfg(feature = "failpoints")]
mod armed {
    use std::{
        sync::{
            OnceLock,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    /// Long enough for a request to have left, short enough for no answer to have come from a slow vendor.
    const SOON: Duration = Duration::from_millis(15);

    struct Armed {
        name: String,
        left: AtomicU32,
    }

    fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        #[expect(
            clippy::disallowed_methods,
            reason = "not a setting: compiled in for the chaos harness alone"
        )]
        let read = || {
            let text = std::env::var("FAILPOINT").ok()?;
            let (name, nth) = text.split_once(':').unwrap_or((&text, "1"));
            if !super::ALL.contains(&name) {
                tracing::error!(name, "there is no such failpoint");
                std::process::exit(2);
            }
            Some(Armed {
                name: name.to_owned(),
                left: AtomicU32::new(nth.parse().unwrap_or(1).max(1)),
            })
        };
        ARMED.get_or_init(read).as_ref()
    }

    fn is_due(name: &str) -> bool {
        armed().is_some_and(|armed| armed.name == name && armed.left.fetch_sub(1, Ordering::Relaxed) == 1)
    }

    /// See [`crate::failpoint!`].
    pub fn hit(name: &str) {
        if is_due(name) {
            std::process::abort();
        }
    }

    /// See [`crate::failpoint_soon!`].
    pub fn hit_soon(name: &str) {
        if is_due(name) {
            std::thread::spawn(|| {
                std::thread::sleep(SOON);
                std::process::abort();
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Every point that is listed stands somewhere, and the other way round: one that is lost in a rewrite would let
    /// the chaos run say less than it claims.
    #[test]
    fn every_listed_point_stands_in_the_code() {
        let mut found = BTreeSet::new();
        collect(
            std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
            &mut found,
        );
        let listed: BTreeSet<String> = super::ALL.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(found, listed);
    }

    fn collect(folder: &std::path::Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for start in ["failpoint!(\"", "failpoint_soon!(\""] {
                    for rest in text.split(start).skip(1) {
                        found.extend(
                            rest.split_once('"')
                                .map(|(name, _)| name.to_owned())
                                .filter(|name| !name.contains(',')),
                        );
                    }
                }
            }
        }
    }
}
