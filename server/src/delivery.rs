//! The outbox and what comes back.
//!
//! | module | what |
//! |---|---|
//! | [`accounts`] | whose credentials carry an organization's texts |
//! | [`vendor`] | what a service that carries texts must be able to do |
//! | [`dispatch`] | takes queued texts and hands them to their vendors |
//! | [`attempt`] | one text, one call: may it go now, and what became of it |
//! | [`record`] | writes down what became of them |
//! | [`settle`] | asks vendors what became of texts whose answer was lost |
//! | [`receive`] | stores what vendors tell us, before they are answered |
//! | [`apply`] | applies what is stored |
//! | [`failpoint`] | where a process can be made to die, for the chaos run alone |
//! | [`backoff`] | waiting, and how long |

pub mod accounts;
pub mod apply;
pub mod attempt;
pub mod backoff;
pub mod dispatch;
pub mod failpoint;
#[cfg(feature = "failpoints")]
pub mod known_bad;
pub mod parts;
pub mod receive;
pub mod record;
pub mod settle;
pub mod sweep;
pub mod vendor;

/// Says true, or closes, when the process is to stop.
pub type Shutdown = tokio::sync::watch::Receiver<bool>;

/// Whether a stop was asked for.
pub fn is_stopping(shutdown: &Shutdown) -> bool {
    *shutdown.borrow() || shutdown.has_changed().is_err()
}
