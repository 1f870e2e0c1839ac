//! Who asks what, in which order: the traffic of one connection.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    args::Scenario,
    check::{self, Checked},
    requests::{self, CONTACTS_LOADED, Signer},
    seed::{Contact, World},
    server::SESSION_SECRET,
};

/// The requests of one connection.
pub enum Traffic {
    /// Each contact is texted once.
    Sends { left: VecDeque<Send>, asked: i64 },
    /// The same request over and over; its answer has `mark` so many times.
    Same {
        request: Vec<u8>,
        mark: &'static [u8],
        count: usize,
    },
    /// Texts from contacts, each with an id of its own.
    Webhooks {
        signer: Signer,
        organization: i64,
        contacts: Vec<Contact>,
        lane: usize,
        sent: u64,
    },
}

/// One text to send.
pub struct Send {
    cookie: Arc<str>,
    assignment: i64,
    contact: i64,
}

impl Traffic {
    /// The traffic of each of `lanes` connections.
    pub fn of(scenario: Scenario, world: &World, lanes: usize) -> Vec<Self> {
        if scenario == Scenario::SendMessage {
            return deal(world, lanes)
                .into_iter()
                .map(|left| Self::Sends { left, asked: 0 })
                .collect();
        }
        let signer = Signer::new(SESSION_SECRET);
        world
            .texters
            .iter()
            .cycle()
            .take(lanes)
            .enumerate()
            .map(|(lane, texter)| match scenario {
                Scenario::GetInitialContacts => Self::Same {
                    request: requests::get_initial_contacts(texter),
                    mark: b"\"initialText\":\"Hi ",
                    count: CONTACTS_LOADED,
                },
                Scenario::GetAssignmentContacts => Self::Same {
                    request: requests::get_assignment_contacts(texter),
                    mark: b"\"messages\":[{",
                    count: CONTACTS_LOADED,
                },
                Scenario::Todos => Self::Same {
                    request: requests::todos(texter, world.organization),
                    mark: b"\"needsMessageNow\":",
                    count: 1,
                },
                _ => Self::Webhooks {
                    signer: signer.clone(),
                    organization: world.organization,
                    contacts: texter.contacts.clone(),
                    lane,
                    sent: 0,
                },
            })
            .collect()
    }

    /// Writes the next request; false when there is nothing left to ask.
    pub fn write(&mut self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Sends { left, asked } => {
                let Some(send) = left.pop_front() else {
                    return false;
                };
                *asked = send.contact;
                requests::send_message(out, &send.cookie, send.assignment, send.contact);
            }
            Self::Same { request, .. } => out.clone_from(request),
            Self::Webhooks {
                signer,
                organization,
                contacts,
                lane,
                sent,
            } => {
                // A step that no count of contacts divides, so that all get their turn.
                let turn = usize::try_from(*sent).unwrap_or(0).wrapping_mul(7_919) % contacts.len().max(1);
                let Some(contact) = contacts.get(turn) else {
                    return false;
                };
                signer.inbound_text(out, *organization, &format!("bench-{lane}-{sent}"), contact);
                *sent += 1;
            }
        }
        true
    }

    /// Whether this answers what was asked last.
    pub fn check(&self, status: u16, body: &[u8]) -> Checked {
        match self {
            Self::Sends { asked, .. } => check::texted(status, body, *asked),
            Self::Same { mark, count, .. } => check::listed(status, body, mark, *count),
            Self::Webhooks { .. } => check::stored(status, body),
        }
    }
}

/// Deals all contacts to the connections. A connection works for one texter after another; where there are more
/// connections than texters, some share a texter and halve the contacts.
fn deal(world: &World, lanes: usize) -> Vec<VecDeque<Send>> {
    let texters = world.texters.len().max(1);
    let mut dealt: Vec<VecDeque<Send>> = (0..lanes).map(|_| VecDeque::new()).collect();
    for (at, texter) in world.texters.iter().enumerate() {
        let lanes_of_texter: Vec<usize> = if lanes > texters {
            (at..lanes).step_by(texters).collect()
        } else {
            vec![at % lanes.max(1)]
        };
        let size = texter
            .contacts
            .len()
            .div_ceil(lanes_of_texter.len().max(1))
            .max(1);
        for (lane, contacts) in lanes_of_texter.iter().zip(texter.contacts.chunks(size)) {
            if let Some(queue) = dealt.get_mut(*lane) {
                queue.extend(contacts.iter().map(|contact| Send {
                    cookie: Arc::clone(&texter.cookie),
                    assignment: texter.assignment,
                    contact: contact.id,
                }));
            }
        }
    }
    dealt
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::seed::Texter;

    fn world(texters: i64, contacts: i64) -> World {
        let texter = |at: i64| Texter {
            cookie: "Cookie: x".into(),
            assignment: at,
            contacts: (0..contacts)
                .map(|n| Contact {
                    id: at * contacts + n,
                    cell: String::new(),
                })
                .collect(),
        };
        World {
            organization: 1,
            texters: (0..texters).map(texter).collect(),
        }
    }

    #[test]
    fn every_contact_is_dealt_once_and_every_connection_has_some() {
        for lanes in [1, 3, 5, 7, 12, 50] {
            let dealt = deal(&world(5, 101), lanes);
            assert_eq!(dealt.len(), lanes);
            assert!(dealt.iter().all(|queue| !queue.is_empty()), "{lanes}");
            let ids: Vec<i64> = dealt.iter().flatten().map(|send| send.contact).collect();
            assert_eq!(ids.len(), 505);
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 505, "{lanes}");
        }
    }

    #[test]
    fn a_connection_has_one_texter_at_a_time() {
        let dealt = deal(&world(4, 10), 2);
        let assignments: Vec<i64> = dealt.iter().flatten().map(|send| send.assignment).collect();
        assert_eq!(
            assignments
                .windows(2)
                .filter(|pair| pair.first() != pair.last())
                .count(),
            3
        );
    }
}
