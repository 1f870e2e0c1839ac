//! May a texter take more contacts, and how many? Spoke's policies of dynamic assignment
//! (`src/extensions/dynamicassignment-batches`).

text_enum! {
    /// By which rule texters get more contacts.
    pub enum BatchPolicy ("batch policy") {
        /// Once all replies are answered.
        FinishedReplies => "finished-replies",
        /// Once all replies are answered, and only contacts whose texting hours are open.
        FinishedRepliesTz => "finished-replies-tz",
        /// Vetted texters at any time, others once.
        VettedTexters => "vetted-texters",
        /// Everybody at any time.
        AllTexters => "all-texters",
        /// Vetted texters take conversations that nobody has.
        VettedTakeconversations => "vetted-takeconversations",
    }
}

/// What decides whether a texter gets more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// Whether texters of the campaign take contacts themselves.
    pub is_dynamic: bool,
    /// Whether the campaign is put away.
    pub is_archived: bool,
    /// Contacts given out at once.
    pub batch_size: i32,
    /// Contacts that the texter may hold at most; none: no limit.
    pub max_contacts: Option<i32>,
    /// Contacts that the texter holds.
    pub held: i64,
    /// Whether the texter is a `VETTED_TEXTER` or more.
    pub is_vetted: bool,
    /// Replies that wait for the texter and may be answered now.
    pub replies_waiting: i64,
}

/// What a texter gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// At most this many; 0: nothing.
    pub size: i64,
    /// What of.
    pub kind: BatchKind,
}

/// Kinds of contacts that are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    /// Contacts that were not texted.
    Unsent,
    /// Contacts that were not texted and may be texted now.
    UnsentNow,
    /// Conversations.
    Conversations,
}

/// What a texter who asks for `requested` contacts gets by a policy, if there are enough.
pub fn batch(policy: BatchPolicy, situation: &Situation, requested: Option<i32>) -> Batch {
    let kind = match policy {
        BatchPolicy::FinishedRepliesTz => BatchKind::UnsentNow,
        BatchPolicy::VettedTakeconversations => BatchKind::Conversations,
        _ => BatchKind::Unsent,
    };
    let allowed = situation.is_dynamic
        && !situation.is_archived
        && match policy {
            BatchPolicy::FinishedReplies | BatchPolicy::FinishedRepliesTz => situation.replies_waiting == 0,
            BatchPolicy::VettedTexters => situation.is_vetted || situation.held == 0,
            BatchPolicy::AllTexters => true,
            BatchPolicy::VettedTakeconversations => situation.is_vetted,
        };
    let batch_size = i64::from(situation.batch_size);
    let wanted = requested.map_or(batch_size, i64::from).min(batch_size);
    let room = situation
        .max_contacts
        .map_or(i64::MAX, |most| i64::from(most) - situation.held);
    Batch {
        size: if allowed { wanted.min(room).max(0) } else { 0 },
        kind,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn situation() -> Situation {
        Situation {
            is_dynamic: true,
            is_archived: false,
            batch_size: 100,
            max_contacts: None,
            held: 0,
            is_vetted: false,
            replies_waiting: 0,
        }
    }

    #[test]
    fn nobody_gets_more_than_a_batch_or_than_fits() {
        let all = BatchPolicy::AllTexters;
        assert_eq!(batch(all, &situation(), None).size, 100);
        assert_eq!(batch(all, &situation(), Some(10)).size, 10);
        assert_eq!(batch(all, &situation(), Some(1_000)).size, 100);
        assert_eq!(batch(all, &situation(), Some(-5)).size, 0);
        let full = Situation {
            max_contacts: Some(150),
            held: 120,
            ..situation()
        };
        assert_eq!(batch(all, &full, None).size, 30);
        assert_eq!(
            batch(
                all,
                &Situation {
                    max_contacts: Some(0),
                    ..situation()
                },
                None
            )
            .size,
            0
        );
        assert_eq!(
            batch(
                all,
                &Situation {
                    is_dynamic: false,
                    ..situation()
                },
                None
            )
            .size,
            0
        );
        assert_eq!(
            batch(
                all,
                &Situation {
                    is_archived: true,
                    ..situation()
                },
                None
            )
            .size,
            0
        );
    }

    #[test]
    fn replies_come_first() {
        let waiting = Situation {
            replies_waiting: 1,
            ..situation()
        };
        for policy in [BatchPolicy::FinishedReplies, BatchPolicy::FinishedRepliesTz] {
            assert_eq!(batch(policy, &waiting, None).size, 0);
            assert_eq!(batch(policy, &situation(), None).size, 100);
        }
        assert_eq!(
            batch(BatchPolicy::FinishedRepliesTz, &situation(), None).kind,
            BatchKind::UnsentNow
        );
    }

    #[test]
    fn vetted_texters_get_more_than_others() {
        let second = Situation {
            held: 10,
            ..situation()
        };
        assert_eq!(batch(BatchPolicy::VettedTexters, &situation(), None).size, 100);
        assert_eq!(batch(BatchPolicy::VettedTexters, &second, None).size, 0);
        let vetted = Situation {
            is_vetted: true,
            ..second
        };
        assert_eq!(batch(BatchPolicy::VettedTexters, &vetted, None).size, 100);
        assert_eq!(batch(BatchPolicy::VettedTakeconversations, &second, None).size, 0);
        assert_eq!(
            batch(BatchPolicy::VettedTakeconversations, &vetted, None).kind,
            BatchKind::Conversations
        );
    }

    proptest! {
        #[test]
        fn what_is_held_never_exceeds_the_limit(
            held in 0i64..1_000, most in 0i32..1_000, size in 1i32..1_000, requested in proptest::option::of(-10i32..2_000),
            policy in proptest::sample::select(BatchPolicy::ALL),
        ) {
            let situation = Situation { held, max_contacts: Some(most), batch_size: size, is_vetted: true, ..situation() };
            let got = batch(policy, &situation, requested).size;
            prop_assert!(got >= 0 && got <= i64::from(size));
            prop_assert!(got == 0 || held + got <= i64::from(most));
        }
    }
}
