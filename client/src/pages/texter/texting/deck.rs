use std::collections::{BTreeMap, BTreeSet};

use super::contact::Contact;

const BATCH: usize = 20;
const LOW: usize = 10;

/// The contacts who wait for their first message, dealt one by one and loaded ahead of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deck {
    waiting: Vec<String>,
    loaded: BTreeMap<String, Contact>,
    asked: BTreeSet<String>,
    dealt: BTreeSet<String>,
}

impl Deck {
    /// Takes the ids that the server lists now; who was dealt with here is not dealt again.
    pub fn list(&mut self, ids: impl IntoIterator<Item = String>) {
        self.waiting = ids.into_iter().filter(|id| !self.dealt.contains(id)).collect();
    }

    /// The contact on top, if loaded.
    pub fn top(&self) -> Option<&Contact> {
        self.waiting.first().and_then(|id| self.loaded.get(id))
    }

    /// How many are left, the top one included.
    pub fn left(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody is left.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What to load now; the caller asks the server for exactly these.
    pub fn ask(&mut self) -> Vec<String> {
        let ahead = self
            .waiting
            .iter()
            .take_while(|id| self.loaded.contains_key(*id) || self.asked.contains(*id))
            .count();
        if ahead >= LOW.min(self.waiting.len()) {
            return Vec::new();
        }
        let wanted: Vec<String> = self
            .waiting
            .iter()
            .filter(|id| !self.loaded.contains_key(*id) && !self.asked.contains(*id))
            .take(BATCH)
            .cloned()
            .collect();
        self.asked.extend(wanted.iter().cloned());
        wanted
    }

    /// Takes what came; who did not come, or may not be texted, leaves the deck.
    pub fn receive(&mut self, asked: &[String], contacts: Vec<Contact>) {
        for id in asked {
            self.asked.remove(id);
            self.loaded.remove(id);
        }
        for contact in contacts {
            if contact.awaits_first_message() {
                self.loaded.insert(contact.id.clone(), contact);
            }
        }
        self.waiting
            .retain(|id| !asked.contains(id) || self.loaded.contains_key(id));
    }

    /// Lets the same be asked again after a failure.
    pub fn give_up(&mut self, asked: &[String]) {
        for id in asked {
            self.asked.remove(id);
        }
    }

    /// Takes the top contact away.
    pub fn deal(&mut self) -> Option<Contact> {
        let contact = self.top().cloned()?;
        self.waiting.remove(0);
        self.loaded.remove(&contact.id);
        self.dealt.insert(contact.id.clone());
        Some(contact)
    }

    /// Moves the top contact to the end.
    pub fn skip(&mut self) {
        if self.waiting.len() > 1 {
            self.waiting.rotate_left(1);
        }
    }

    /// Puts a contact back on top, to be loaded anew.
    pub fn put_back(&mut self, id: &str) {
        self.dealt.remove(id);
        if !self.waiting.iter().any(|one| one == id) {
            self.waiting.insert(0, id.to_owned());
        }
    }

    /// Forgets all texts, since the script changed.
    pub fn forget(&mut self) {
        self.loaded.clear();
        self.asked.clear();
    }

    /// Of these contacts, those waiting and loaded here: their data may be old.
    pub fn touched(&self, ids: &[String]) -> Vec<String> {
        ids.iter()
            .filter(|id| self.loaded.contains_key(*id))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(id: &str) -> Contact {
        Contact {
            id: id.to_owned(),
            status: "needsMessage".to_owned(),
            can_text_now: true,
            initial_text: Some(format!("Hi {id}")),
            ..Contact::default()
        }
    }

    fn ids(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|id| id.to_string()).collect()
    }

    fn filled(count: usize) -> Deck {
        let mut deck = Deck::default();
        deck.list(ids(0..count));
        let asked = deck.ask();
        deck.receive(&asked, asked.iter().map(|id| contact(id)).collect());
        deck
    }

    #[test]
    fn the_next_is_there_when_the_last_is_sent() {
        let mut deck = filled(100);
        for _ in 0..90 {
            assert!(deck.deal().is_some());
            assert!(deck.top().is_some());
            let asked = deck.ask();
            deck.receive(&asked, asked.iter().map(|id| contact(id)).collect());
        }
        assert_eq!(deck.left(), 10);
    }

    #[test]
    fn asks_for_nobody_twice() {
        let mut deck = Deck::default();
        deck.list(ids(0..50));
        assert_eq!(deck.ask().len(), BATCH);
        assert!(deck.ask().is_empty());
    }

    #[test]
    fn who_left_or_opted_out_is_not_dealt() {
        let mut deck = Deck::default();
        deck.list(ids(0..3));
        let asked = deck.ask();
        deck.receive(
            &asked,
            vec![
                contact("0"),
                Contact {
                    opted_out: true,
                    ..contact("1")
                },
            ],
        );
        assert_eq!(deck.left(), 1);
    }

    #[test]
    fn who_was_dealt_is_not_dealt_again_by_a_newer_list() {
        let mut deck = filled(3);
        deck.deal();
        deck.list(ids(0..3));
        assert_eq!(deck.left(), 2);
        deck.put_back("0");
        assert_eq!(deck.left(), 3);
        assert!(deck.top().is_none());
        assert_eq!(deck.ask(), ["0"]);
    }

    #[test]
    fn skipping_keeps_the_contact() {
        let mut deck = filled(3);
        deck.skip();
        assert_eq!(deck.top().unwrap().id, "1");
        assert_eq!(deck.left(), 3);
    }

    #[test]
    fn a_changed_script_is_loaded_anew() {
        let mut deck = filled(3);
        deck.forget();
        assert_eq!(deck.ask().len(), 3);
    }
}
