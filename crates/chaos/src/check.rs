//! What must hold, by what the vendor saw, what people were told, and what is in the database.

use std::collections::{HashMap, HashSet};

use crate::{
    check_rows::{Fate, Rows},
    fleet::Freeze,
    load::Sent,
    log::Log,
    seed::FIRST_WORD,
};

/// A text may still leave so long after an opt-out committed, in microseconds: a sender that was told before the
/// commit that it is wanted begins its call within `attempt::MAX_AGE`, one second; the rest is for the request's way
/// through a machine that is overloaded on purpose. Time in which a sender was frozen in between comes on top.
pub const IN_FLIGHT: i64 = 1_500_000;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: &'static str,
    pub what: String,
}

fn violation(invariant: &'static str, what: String) -> Violation {
    Violation { invariant, what }
}

/// What people were told, at the end.
pub struct Told {
    pub sent: Vec<Sent>,
    /// Cells whose opting out a texter was told is done.
    pub opted_out: Vec<String>,
    /// Since when a campaign is put away; 0: never told.
    pub archived_at: i64,
    /// Texts from contacts, as the stand-in named them.
    pub inbound: Vec<String>,
}

/// What was counted besides.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counted {
    /// Requests that left after their contact's opt-out was in force, within [`IN_FLIGHT`].
    pub close_calls: u64,
    /// Texts whose fate a person has to settle.
    pub dead_letters: u64,
    /// Texts taken back, for who opted out, was put away, or is asleep.
    pub taken_back: u64,
}

/// Everything that must hold.
pub fn all(log: &Log, rows: &Rows, told: &Told, freezes: &[Freeze]) -> (Vec<Violation>, Counted) {
    let mut found = Vec::new();
    let mut counted = Counted::default();
    first_messages(log, &mut found);
    accepted(log, rows, &mut found);
    acknowledged(rows, told, &mut found, &mut counted);
    inbound(log, rows, told, &mut found);
    opted_out(log, rows, told, freezes, &mut found, &mut counted);
    hours_and_archive(log, rows, told, freezes, &mut found);
    (found, counted)
}

/// A contact gets the first message at most once, by the vendor's own log.
fn first_messages(log: &Log, found: &mut Vec<Violation>) {
    let mut taken: HashMap<&str, Vec<&str>> = HashMap::new();
    for text in log
        .accepted
        .iter()
        .filter(|text| text.body.starts_with(FIRST_WORD))
    {
        taken.entry(&text.to).or_default().push(&text.sid);
    }
    for (cell, sids) in taken.into_iter().filter(|(_, sids)| sids.len() > 1) {
        found.push(violation(
            "a contact got the first message twice",
            format!("{cell}: {}", sids.join(", ")),
        ));
    }
    // Replies are one each, too.
    let mut replies: HashMap<(&str, &str), u32> = HashMap::new();
    for text in log
        .accepted
        .iter()
        .filter(|text| !text.body.starts_with(FIRST_WORD))
    {
        *replies.entry((&text.to, &text.body)).or_default() += 1;
    }
    for ((cell, body), count) in replies.into_iter().filter(|(_, count)| *count > 1) {
        found.push(violation(
            "a reply went out twice",
            format!("{cell}: {body:?}, {count} times"),
        ));
    }
}

/// What the vendor took is recorded under its name.
fn accepted(log: &Log, rows: &Rows, found: &mut Vec<Violation>) {
    for text in &log.accepted {
        match rows.by_sid.get(&text.sid) {
            None => found.push(violation(
                "the vendor took a text that is not recorded",
                format!("{} for message {:?} to {}", text.sid, text.message, text.to),
            )),
            Some(id) if text.message.is_some_and(|message| message != *id) => found.push(violation(
                "a text is recorded under another's name",
                format!("{}: message {id}, but it was {:?}", text.sid, text.message),
            )),
            Some(_) => {}
        }
    }
}

/// What a texter was told is on its way, is in the database and has come to an end.
fn acknowledged(rows: &Rows, told: &Told, found: &mut Vec<Violation>, counted: &mut Counted) {
    for sent in &told.sent {
        if !rows.by_key.contains_key(&(sent.user, sent.key.clone())) {
            found.push(violation(
                "a text was acknowledged and is lost",
                format!("{} to {}", sent.key, sent.cell),
            ));
        }
    }
    for (id, fate) in &rows.fates {
        match fate {
            Fate::Ended => {}
            Fate::TakenBack => counted.taken_back += 1,
            Fate::DeadLetter => counted.dead_letters += 1,
            Fate::Waiting(state) => {
                found.push(violation("a text is stuck", format!("message {id} is {state}")));
            }
        }
    }
}

/// A text from a contact is stored once.
fn inbound(log: &Log, rows: &Rows, told: &Told, found: &mut Vec<Violation>) {
    let mut all: HashSet<&str> = log.inbound.iter().map(|text| text.sid.as_str()).collect();
    all.extend(told.inbound.iter().map(String::as_str));
    for sid in all {
        let (events, texts) = rows.inbound.get(sid).copied().unwrap_or_default();
        if (events, texts) != (1, 1) {
            found.push(violation(
                if events == 0 || texts == 0 {
                    "a text from a contact is lost"
                } else {
                    "a text from a contact is stored twice"
                },
                format!(
                    "{sid}: {events} events, {texts} texts; the server said yes {} times",
                    log.told.get(sid).copied().unwrap_or_default()
                ),
            ));
        }
    }
}

/// How late a request may be: frozen time between the instant and the request is not the sender's.
fn allowed(since: i64, at: i64, freezes: &[Freeze]) -> i64 {
    let frozen: i64 = freezes
        .iter()
        .map(|(begun, ended)| (at.min(*ended) - since.max(*begun)).max(0))
        .sum();
    IN_FLIGHT + frozen
}

/// From the moment an opt-out commits, nothing leaves.
fn opted_out(
    log: &Log,
    rows: &Rows,
    told: &Told,
    freezes: &[Freeze],
    found: &mut Vec<Violation>,
    counted: &mut Counted,
) {
    let stops = log
        .inbound
        .iter()
        .filter(|text| text.body.eq_ignore_ascii_case("stop") && log.told.contains_key(&text.sid))
        .map(|text| text.from.as_str());
    for cell in stops.chain(told.opted_out.iter().map(String::as_str)) {
        if !rows.opt_outs.contains_key(cell) {
            found.push(violation("an opt-out is lost", cell.to_owned()));
        }
    }
    for request in &log.requests {
        let Some(since) = rows.opt_outs.get(&request.to) else {
            continue;
        };
        if request.at <= *since {
            continue;
        }
        if request.at - since > allowed(*since, request.at, freezes) {
            found.push(violation(
                "a text left after its contact had opted out",
                format!(
                    "{}, message {:?}: {} ms later",
                    request.to,
                    request.message,
                    (request.at - since) / 1_000
                ),
            ));
        } else {
            counted.close_calls += 1;
        }
    }
}

/// Nothing leaves at night, nor for a campaign that was put away.
fn hours_and_archive(log: &Log, rows: &Rows, told: &Told, freezes: &[Freeze], found: &mut Vec<Violation>) {
    for request in &log.requests {
        if rows.asleep.contains(&request.to) {
            found.push(violation(
                "a text left outside of texting hours",
                format!("{}, message {:?}", request.to, request.message),
            ));
        }
        let late = request.at - told.archived_at;
        if told.archived_at > 0
            && rows.archived.contains(&request.to)
            && late > allowed(told.archived_at, request.at, freezes)
        {
            found.push(violation(
                "a text of an archived campaign left",
                format!("{}: {} ms later", request.to, late / 1_000),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Accepted, Inbound, Request};

    fn text(sid: &str, to: &str) -> Accepted {
        Accepted {
            sid: sid.to_owned(),
            message: Some(1),
            to: to.to_owned(),
            body: format!("{FIRST_WORD}Maria"),
        }
    }

    fn told() -> Told {
        Told {
            sent: Vec::new(),
            opted_out: Vec::new(),
            archived_at: 0,
            inbound: Vec::new(),
        }
    }

    fn names(log: &Log, rows: &Rows, told: &Told) -> Vec<&'static str> {
        let (found, _) = all(log, rows, told, &[]);
        found.into_iter().map(|violation| violation.invariant).collect()
    }

    #[test]
    fn doubles_and_losses_are_seen() {
        let mut log = Log {
            accepted: vec![text("SM1", "+1"), text("SM2", "+1")],
            ..Log::default()
        };
        let mut rows = Rows::default();
        rows.by_sid.extend([("SM1".to_owned(), 1), ("SM2".to_owned(), 1)]);
        assert_eq!(
            names(&log, &rows, &told()),
            ["a contact got the first message twice"]
        );
        log.accepted.pop();
        assert!(names(&log, &rows, &told()).is_empty());
        rows.by_sid.clear();
        assert_eq!(
            names(&log, &rows, &told()),
            ["the vendor took a text that is not recorded"]
        );
    }

    #[test]
    fn a_text_after_stop_is_seen_and_one_in_flight_is_not() {
        let mut rows = Rows::default();
        rows.opt_outs.insert("+1".to_owned(), 10_000_000);
        let mut log = Log::default();
        log.requests.push(Request {
            at: 10_000_000 + IN_FLIGHT,
            message: Some(1),
            to: "+1".to_owned(),
            body: String::new(),
            fault: "none".to_owned(),
        });
        assert!(names(&log, &rows, &told()).is_empty());
        log.requests[0].at += 1;
        assert_eq!(
            names(&log, &rows, &told()),
            ["a text left after its contact had opted out"]
        );
        let (found, _) = all(&log, &rows, &told(), &[(9_000_000, 10_500_000)]);
        assert!(found.is_empty());
    }

    #[test]
    fn a_lost_reply_and_a_lost_stop_are_seen() {
        let mut log = Log::default();
        log.inbound.push(Inbound {
            sid: "SMi".to_owned(),
            from: "+1".to_owned(),
            body: "STOP".to_owned(),
        });
        log.told.insert("SMi".to_owned(), 1);
        let mut rows = Rows::default();
        assert_eq!(
            names(&log, &rows, &told()),
            ["a text from a contact is lost", "an opt-out is lost"]
        );
        rows.inbound.insert("SMi".to_owned(), (1, 2));
        rows.opt_outs.insert("+1".to_owned(), 1);
        assert_eq!(
            names(&log, &rows, &told()),
            ["a text from a contact is stored twice"]
        );
    }
}
