use std::collections::BTreeMap;

use super::super::campaign::Campaign;

/// How many contacts each texter is to have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// First messages each texter is to send, by user.
    pub counts: BTreeMap<String, i64>,
    /// Contacts that still need a first message, and so can be dealt.
    pub available: i64,
    /// Whether it differs from what the server has.
    pub dirty: bool,
}

impl Plan {
    /// The server's counts, overlaid with what was edited. What was saved counts as edited while the job that
    /// carries it out is running, and is the server's matter afterwards.
    pub fn new(
        campaign: &Campaign,
        edited: &BTreeMap<String, i64>,
        saved: &BTreeMap<String, i64>,
        running: bool,
    ) -> Self {
        let mut plan = Self {
            available: campaign.contacts_count,
            ..Self::default()
        };
        for person in &campaign.people {
            plan.available -= person.total - person.needs_message;
            let ours = edited.get(&person.id).copied();
            let is_saved = ours.is_some() && ours == saved.get(&person.id).copied();
            let count = match ours {
                Some(count) if !is_saved || running => count,
                _ => person.needs_message,
            };
            plan.dirty |= count != person.needs_message && !is_saved;
            plan.counts.insert(person.id.clone(), count);
        }
        plan
    }

    /// Contacts without a texter; below zero when too many were given out.
    pub fn remaining(&self) -> i64 {
        self.available - self.counts.values().sum::<i64>()
    }
}

/// The same for everybody who has any, or for all when nobody has: the first ones take the rest.
pub fn split_evenly(plan: &Plan) -> BTreeMap<String, i64> {
    let nobody = plan.counts.values().all(|count| *count == 0);
    let takes_part = |count: i64| nobody || count > 0;
    let parts = i64::try_from(plan.counts.values().filter(|count| takes_part(**count)).count()).unwrap_or(0);
    let mut number = 0;
    plan.counts
        .iter()
        .map(|(id, count)| {
            if parts == 0 || !takes_part(*count) {
                return (id.clone(), 0);
            }
            let extra = i64::from(number < plan.available % parts);
            number += 1;
            (id.clone(), plan.available / parts + extra)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::super::campaign::Person, *};

    fn person(id: &str, needs_message: i64, total: i64) -> Person {
        Person {
            id: id.to_owned(),
            needs_message,
            total,
            ..Person::default()
        }
    }

    fn campaign(people: Vec<Person>) -> Campaign {
        Campaign {
            contacts_count: 10,
            people,
            ..Campaign::default()
        }
    }

    fn counts(pairs: &[(&str, i64)]) -> BTreeMap<String, i64> {
        pairs
            .iter()
            .map(|(id, count)| ((*id).to_owned(), *count))
            .collect()
    }

    #[test]
    fn texted_contacts_cannot_be_dealt_again() {
        let plan = Plan::new(
            &campaign(vec![person("1", 2, 5)]),
            &counts(&[]),
            &counts(&[]),
            false,
        );
        assert_eq!((plan.available, plan.remaining(), plan.dirty), (7, 5, false));
    }

    #[test]
    fn what_was_saved_is_not_unsaved_while_the_job_runs() {
        let campaign = campaign(vec![person("1", 0, 0)]);
        let ours = counts(&[("1", 4)]);
        assert!(Plan::new(&campaign, &ours, &counts(&[]), false).dirty);
        let running = Plan::new(&campaign, &ours, &ours, true);
        assert_eq!((running.dirty, running.counts), (false, ours));
    }

    #[test]
    fn splits_among_those_who_take_part() {
        let people = vec![person("1", 0, 0), person("2", 0, 0), person("3", 0, 0)];
        let plan = Plan::new(&campaign(people.clone()), &counts(&[]), &counts(&[]), false);
        assert_eq!(split_evenly(&plan), counts(&[("1", 4), ("2", 3), ("3", 3)]));
        let plan = Plan::new(
            &campaign(people),
            &counts(&[("2", 1), ("3", 1)]),
            &counts(&[]),
            false,
        );
        assert_eq!(split_evenly(&plan), counts(&[("1", 0), ("2", 5), ("3", 5)]));
        assert!(split_evenly(&Plan::default()).is_empty());
    }
}
