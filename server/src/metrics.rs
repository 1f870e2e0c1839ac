//! Counters of the process, told at `/metrics` in Prometheus' text form to who has `METRICS_TOKEN` (S56). No label
//! names a person, a cell or an organization.

use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

macro_rules! counters {
    ($( $(#[doc = $doc:literal])* $name:ident; )*) => {
        $( $(#[doc = $doc])* pub static $name: Counter = Counter(AtomicU64::new(0)); )*
        const ALL: &[(&str, &str, &Counter)] = &[ $( (stringify!($name), concat!($($doc),*), &$name), )* ];
    };
}

/// A number that only grows while the process lives.
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many since the start.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

counters! {
    /// Requests whose handler panicked.
    REQUEST_PANICS;
    /// Operations that failed unexpectedly; each has an id in the log.
    UNEXPECTED_ERRORS;
    /// Jobs that failed for good.
    FAILED_JOBS;
    /// Times that a vendor began to refuse an account.
    REFUSED_ACCOUNTS;
    /// Texts whose fate was unknown and that their vendor had after all.
    TEXTS_FOUND;
    /// Texts whose fate was unknown and that went out again, since their vendor had none.
    TEXTS_SENT_AGAIN;
    /// Texts from contacts that no webhook told, and that their vendor told when it was asked.
    TEXTS_SWEPT;
    /// Times that too many texts of a campaign failed.
    DELIVERY_ALERTS;
    /// Webhooks refused because their signature is wrong.
    FORGED_WEBHOOKS;
    /// Webhooks refused because they are too long or broke off.
    OVERSIZED_WEBHOOKS;
    /// Webhooks refused because they make no sense.
    MALFORMED_WEBHOOKS;
}

/// All counters as Prometheus reads them.
pub fn text() -> String {
    let mut text = String::new();
    for (name, help, counter) in ALL {
        let name = name.to_lowercase();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "# HELP bellwether_{name}_total{help}\n# TYPE bellwether_{name}_total counter\nbellwether_{name}_total {}\n",
            counter.value()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_with_their_meaning() {
        FORGED_WEBHOOKS.add_one();
        let text = text();
        assert!(text.contains(
            "# HELP bellwether_forged_webhooks_total Webhooks refused because their signature is wrong."
        ));
        assert!(
            text.lines()
                .any(|line| line.starts_with("bellwether_forged_webhooks_total ") && !line.ends_with(" 0"))
        );
    }
}
