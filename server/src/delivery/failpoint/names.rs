//! The points' names; `crates/chaos` reads this file too.

/// Every point, in the order in which a text or an event comes by. `crates/chaos` lets a run die at each.
pub const ALL: [&str; 24] = [
    "send-before-store",
    "send-after-store",
    "claim-before",
    "claim-after",
    "look-before",
    "look-after",
    "call-before",
    "call-under-way",
    "call-after",
    "record-before",
    "record-after",
    "give-back-before",
    "settle-before-ask",
    "settle-before-record",
    "settle-after-record",
    "inbound-before-store",
    "inbound-before-commit",
    "inbound-after-store",
    "apply-before-commit",
    "apply-after-commit",
    "apply-alone-before-commit",
    "apply-alone-after-commit",
    "opt-out-before-commit",
    "opt-out-after-commit",
];
