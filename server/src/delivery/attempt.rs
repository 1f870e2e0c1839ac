//! One text, one call: may it go now, and what became of it.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use bellwether_db::message::{Claimed, OutcomeKind};
use futures_util::FutureExt;

use super::{
    accounts, backoff,
    vendor::{Account, OutgoingText, SendOutcome, Vendor, own_codes},
};
use crate::app::App;

/// A vendor that has not answered by then may have taken the text or not.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// No call begins later than this after the database was asked whether the text is still wanted, counted from before
/// it was asked: an answer that came late is about the past.
pub const MAX_AGE: Duration = Duration::from_secs(5);
/// A text whose sender vanished this often is not sent again even where that is harmless: it may be what kills them.
const MAX_RESENDS: i16 = 5;
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(600);

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The vendor was asked, or never will be.
    Settled(OutcomeKind),
    /// The vendor was not asked: give the claim back, so that it is judged anew.
    NotBegun,
}

/// What is to be done with a claimed text before any call.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Send,
    Not(Attempt),
}

/// Decides by what the claim said. `is_idempotent` is none when there is no such vendor.
fn plan(text: &Claimed, is_idempotent: Option<bool>) -> Plan {
    let unknown = Plan::Not(Attempt::Settled(OutcomeKind::Unknown {
        code: own_codes::SENDER_LOST,
    }));
    match is_idempotent {
        Some(false) if text.is_resend => unknown,
        None if text.is_resend => unknown,
        None => Plan::Not(Attempt::Settled(OutcomeKind::Failed {
            code: own_codes::NO_SUCH_SERVICE,
        })),
        Some(_) if text.is_resend && text.attempts > MAX_RESENDS => unknown,
        Some(_) if !text.is_open => Plan::Not(Attempt::NotBegun),
        Some(_) => Plan::Send,
    }
}

/// Hands one text over. `checked_at` is the instant before the database was asked whether it is still wanted.
pub async fn attempt(app: &App, text: &Claimed, checked_at: Instant) -> Attempt {
    let vendor = app.vendors.get(&text.service);
    let vendor = match (plan(text, vendor.map(|vendor| vendor.is_idempotent())), vendor) {
        (Plan::Not(attempt), _) => return attempt,
        (Plan::Send, Some(vendor)) => vendor,
        (Plan::Send, None) => return Attempt::NotBegun,
    };
    let account = match accounts::of(app, vendor.as_ref(), text.organization_id).await {
        Ok(Some(account)) => account,
        Ok(None) => return Attempt::NotBegun,
        Err(error) => {
            tracing::warn!(message.id = text.message_id, %error, "the vendor's account cannot be read");
            return Attempt::NotBegun;
        }
    };
    let is_over = text.send_before.is_some_and(|end| app.now() >= end);
    if is_over || checked_at.elapsed() > MAX_AGE {
        return Attempt::NotBegun;
    }
    Attempt::Settled(outcome(
        call(vendor.as_ref(), &account, text).await,
        text.attempts,
    ))
}

async fn call(vendor: &dyn Vendor, account: &Account, text: &Claimed) -> SendOutcome {
    let outgoing = OutgoingText {
        message_id: text.message_id,
        organization_id: text.organization_id,
        contact_number: text.contact_number.clone(),
        user_number: text.user_number.clone(),
        text: text.body.clone(),
        send_before: text.send_before,
        ..OutgoingText::default()
    };
    let answer = AssertUnwindSafe(async { vendor.send(account, &outgoing).await }).catch_unwind();
    match tokio::time::timeout(CALL_TIMEOUT, answer).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => {
            tracing::error!(
                message.id = text.message_id,
                vendor = vendor.name(),
                "the vendor's code panicked"
            );
            SendOutcome::Unknown
        }
        Err(_) => {
            tracing::warn!(
                message.id = text.message_id,
                vendor = vendor.name(),
                "the vendor did not answer"
            );
            SendOutcome::Unknown
        }
    }
}

fn outcome(answer: SendOutcome, attempts: i16) -> OutcomeKind {
    match answer {
        SendOutcome::Accepted {
            service_id,
            user_number,
        } => OutcomeKind::Accepted {
            service_id: Some(service_id),
            user_number,
        },
        SendOutcome::Refused { code } => OutcomeKind::Failed { code },
        SendOutcome::Retry { code, after, .. } => {
            let failures = u32::try_from(attempts - 1).unwrap_or_default();
            let own = backoff::delay(FIRST_RETRY, LONGEST_RETRY, failures);
            OutcomeKind::Retry {
                code,
                after: own.max(after.unwrap_or_default().min(Duration::from_secs(86_400))),
            }
        }
        SendOutcome::AccountRefused { code, .. } => OutcomeKind::Failed { code },
        SendOutcome::Unknown => OutcomeKind::Unknown {
            code: own_codes::NO_ANSWER,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed() -> Claimed {
        Claimed {
            message_id: 1,
            contact_id: 1,
            campaign_id: 1,
            assignment_id: None,
            organization_id: 1,
            contact_number: "+12025550101".to_owned(),
            user_number: String::new(),
            body: "Hi".to_owned(),
            service: "s".to_owned(),
            attempts: 1,
            send_before: None,
            send_status: "SENDING".to_owned(),
            is_resend: false,
            is_open: true,
        }
    }

    #[test]
    fn what_may_have_left_is_sent_again_only_where_that_is_one_text() {
        let unknown = Plan::Not(Attempt::Settled(OutcomeKind::Unknown {
            code: own_codes::SENDER_LOST,
        }));
        let resend = Claimed {
            is_resend: true,
            attempts: 2,
            ..claimed()
        };
        assert_eq!(plan(&claimed(), Some(false)), Plan::Send);
        assert_eq!(plan(&resend, Some(false)), unknown);
        assert_eq!(plan(&resend, None), unknown);
        assert_eq!(plan(&resend, Some(true)), Plan::Send);
        assert_eq!(
            plan(
                &Claimed {
                    attempts: MAX_RESENDS + 1,
                    ..resend
                },
                Some(true)
            ),
            unknown
        );
    }

    #[test]
    fn nothing_is_sent_outside_hours_or_without_a_vendor() {
        let closed = Claimed {
            is_resend: true,
            is_open: false,
            ..claimed()
        };
        assert_eq!(plan(&closed, Some(true)), Plan::Not(Attempt::NotBegun));
        assert!(matches!(
            plan(&claimed(), None),
            Plan::Not(Attempt::Settled(OutcomeKind::Failed { .. }))
        ));
    }

    #[test]
    fn a_vendor_that_asks_for_patience_gets_it() {
        let minute = Duration::from_secs(60);
        let OutcomeKind::Retry { after, .. } = outcome(
            SendOutcome::Retry {
                code: 429,
                after: Some(minute),
                scope: None,
            },
            1,
        ) else {
            panic!("not a retry")
        };
        assert_eq!(after, minute);
    }
}
