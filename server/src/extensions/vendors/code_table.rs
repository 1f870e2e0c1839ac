//! A vendor's codes as a table.

use crate::delivery::vendor::{ErrorClass, ErrorMeaning};

/// Code, what happened, what to do, what follows.
pub type Code = (i32, &'static str, &'static str, ErrorClass);

/// What a code means; none when it is not in the table.
pub fn meaning(codes: &[Code], code: i32) -> Option<ErrorMeaning> {
    codes
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|&(_, text, advice, class)| ErrorMeaning { text, advice, class })
}

/// Fails unless codes stand once and in order.
#[cfg(test)]
pub fn assert_in_order(codes: &[Code]) {
    for pair in codes.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
    }
}
