//! One text, one call: may it go now, and what became of it.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use bellwether_db::message::{Claimed, OutcomeKind};
use bellwether_domain::{media::split_media, segments};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;

use super::{
    accounts, backoff,
    vendor::{Account, OutgoingText, PaceScope, SendOutcome, Vendor, own_codes},
};
use crate::{app::App, failpoint, failpoint_soon};

/// A vendor that has not answered by then may have taken the text or not.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// No call begins later than this after the database was asked whether the text is still wanted, counted from before
/// it was asked: an answer that came late is about the past.
pub const MAX_AGE: Duration = Duration::from_secs(1);
/// A text whose sender vanished this often is not sent again even where that is harmless: it may be what kills them.
const MAX_RESENDS: i16 = 5;
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(600);
/// Longest time that a vendor may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);
/// How long everybody waits when a vendor asks for patience and does not say for how long.
const USUAL_PATIENCE: Duration = Duration::from_secs(1);
/// A text of an account that was refused waits so long by itself; its account waits longer
/// ([`bellwether_db::pace::account_refused`]).
const REFUSED_WAIT: Duration = Duration::from_secs(5);
/// Texts whose fate is unknown: their vendor is asked after this time. A report mostly comes before.
const FIRST_SETTLE: Duration = Duration::from_secs(10);

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The vendor was asked, or never will be.
    Settled(OutcomeKind, Option<Lesson>),
    /// The vendor was not asked: give the claim back, so that it is judged anew.
    NotBegun,
}

/// What others are to learn from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lesson {
    /// Go slower (R15).
    SlowDown {
        /// Who.
        scope: PaceScope,
        /// The vendor's code.
        code: i32,
        /// Nothing goes for so long.
        wait: Duration,
    },
    /// The account is not served (R16).
    AccountRefused {
        /// The vendor's code.
        code: i32,
        /// Why, in words.
        reason: String,
    },
}

/// What is to be done with a claimed text before any call.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Send,
    Not(Attempt),
}

fn unknown(code: i32) -> OutcomeKind {
    OutcomeKind::Unknown {
        code,
        after: FIRST_SETTLE,
    }
}

/// Decides by what the claim said. `is_idempotent` is none when there is no such vendor.
fn plan(text: &Claimed, is_idempotent: Option<bool>) -> Plan {
    let lost = Plan::Not(Attempt::Settled(unknown(own_codes::SENDER_LOST), None));
    match is_idempotent {
        Some(false) | None if text.is_resend => lost,
        None => Plan::Not(Attempt::Settled(
            OutcomeKind::Failed {
                code: own_codes::NO_SUCH_SERVICE,
            },
            None,
        )),
        Some(_) if text.is_resend && text.attempts > MAX_RESENDS => lost,
        Some(_) if !text.is_open => Plan::Not(Attempt::NotBegun),
        Some(_) => Plan::Send,
    }
}

/// Hands one text over. `checked_at` is the instant before the database was asked whether it is still wanted.
pub async fn attempt(app: &App, text: &Claimed, checked_at: Instant) -> Attempt {
    let vendor = app.vendors.get(&text.service);
    let is_idempotent = vendor.map(|vendor| vendor.is_idempotent());
    #[cfg(feature = "failpoints")]
    let is_idempotent = is_idempotent.map(|is| is || super::known_bad::is("blind-retry"));
    let vendor = match (plan(text, is_idempotent), vendor) {
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
    let outgoing = outgoing(text, app.now());
    let is_over = text.send_before.is_some_and(|end| app.now() >= end);
    if is_over || checked_at.elapsed() > MAX_AGE {
        return Attempt::NotBegun;
    }
    failpoint!("call-before");
    failpoint_soon!("call-under-way");
    let answer = call(vendor.as_ref(), &account, &outgoing).await;
    failpoint!("call-after");
    #[cfg(feature = "failpoints")]
    if super::known_bad::is("blind-retry") && answer == SendOutcome::Unknown {
        let (code, after) = (own_codes::NO_ANSWER, Duration::ZERO);
        return Attempt::Settled(OutcomeKind::Throttled { code, after }, None);
    }
    outcome(answer, text, &outgoing)
}

fn outgoing(text: &Claimed, now: DateTime<Utc>) -> OutgoingText {
    let (words, media) = split_media(&text.body);
    OutgoingText {
        message_id: text.message_id,
        organization_id: text.organization_id,
        contact_number: text.contact_number.clone(),
        user_number: text.user_number.clone(),
        messaging_service: text.messaging_service.clone(),
        text: words,
        media: media.into_iter().collect(),
        send_before: text.send_before,
        valid_for: text.send_before.and_then(|end| (end - now).to_std().ok()),
    }
}

async fn call(vendor: &dyn Vendor, account: &Account, text: &OutgoingText) -> SendOutcome {
    let answer = AssertUnwindSafe(async { vendor.send(account, text).await }).catch_unwind();
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

fn outcome(answer: SendOutcome, text: &Claimed, sent: &OutgoingText) -> Attempt {
    match answer {
        SendOutcome::Accepted {
            service_id,
            user_number,
        } => {
            let kind = OutcomeKind::Accepted {
                service_id: Some(service_id),
                user_number,
                segments: segments_of(sent),
            };
            Attempt::Settled(kind, None)
        }
        SendOutcome::Refused { code } => Attempt::Settled(OutcomeKind::Failed { code }, None),
        SendOutcome::Retry {
            code,
            after,
            scope: None,
        } => {
            let failures = u32::try_from(text.attempts - 1).unwrap_or_default();
            let own = backoff::delay(FIRST_RETRY, LONGEST_RETRY, failures);
            let after = own.max(after.unwrap_or_default().min(LONGEST_WAIT));
            Attempt::Settled(OutcomeKind::Retry { code, after }, None)
        }
        SendOutcome::Retry {
            code,
            after,
            scope: Some(scope),
        } => {
            let wait = after.unwrap_or(USUAL_PATIENCE).min(LONGEST_WAIT);
            // Not before it is allowed, and not all in the same moment.
            let kind = OutcomeKind::Throttled {
                code,
                after: wait + backoff::jittered(USUAL_PATIENCE),
            };
            Attempt::Settled(kind, Some(Lesson::SlowDown { scope, code, wait }))
        }
        SendOutcome::AccountRefused { code, reason } => {
            let kind = OutcomeKind::Throttled {
                code,
                after: REFUSED_WAIT,
            };
            Attempt::Settled(kind, Some(Lesson::AccountRefused { code, reason }))
        }
        SendOutcome::Unknown => Attempt::Settled(unknown(own_codes::NO_ANSWER), None),
    }
}

/// The segments that the carrier will count; a text with a picture is one.
fn segments_of(sent: &OutgoingText) -> i16 {
    if sent.media.is_empty() {
        i16::try_from(segments::count(&sent.text).segments).unwrap_or(i16::MAX)
    } else {
        1
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
            messaging_service: String::new(),
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
        let unknown = Plan::Not(Attempt::Settled(unknown(own_codes::SENDER_LOST), None));
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
            Plan::Not(Attempt::Settled(OutcomeKind::Failed { .. }, None))
        ));
    }

    #[test]
    fn r15_a_vendor_that_asks_for_patience_gets_it() {
        let minute = Duration::from_secs(60);
        let retry = |after, scope| {
            let answer = SendOutcome::Retry {
                code: 429,
                after,
                scope,
            };
            outcome(answer, &claimed(), &OutgoingText::default())
        };
        let Attempt::Settled(OutcomeKind::Retry { after, .. }, None) = retry(Some(minute), None) else {
            panic!("not a retry of this text alone")
        };
        assert_eq!(after, minute);
        let Attempt::Settled(OutcomeKind::Throttled { after, .. }, Some(lesson)) =
            retry(Some(minute), Some(PaceScope::Account))
        else {
            panic!("nobody learns from it")
        };
        assert!(after > minute && after <= minute + USUAL_PATIENCE);
        let expected = Lesson::SlowDown {
            scope: PaceScope::Account,
            code: 429,
            wait: minute,
        };
        assert_eq!(lesson, expected);
    }

    #[test]
    fn pictures_are_handed_over_apart_and_count_once() {
        let text = Claimed {
            body: "Look! [https://x.org/a.png]".to_owned(),
            ..claimed()
        };
        let sent = outgoing(&text, DateTime::UNIX_EPOCH);
        assert_eq!(
            (sent.text.as_str(), sent.media.as_slice()),
            ("Look!", &["https://x.org/a.png".to_owned()][..])
        );
        assert_eq!(segments_of(&sent), 1);
        let long = OutgoingText {
            text: "a".repeat(161),
            ..OutgoingText::default()
        };
        assert_eq!(segments_of(&long), 2);
    }
}
