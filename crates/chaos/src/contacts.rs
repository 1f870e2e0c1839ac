//! Contacts: some answer, some want no more, most while their text is on its way.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use serde_json::Value;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use vendor_standin::{faults::Dice, vendor::OWN_NUMBER};

use crate::{
    api::{Api, Ports, control},
    load::{self, Tally, push},
    seed::Contact,
};

/// In a thousand contacts that were texted: those who write STOP, those whom a texter opts out, those who answer.
const STOP: u64 = 50;
const OPT_OUT: u64 = 30;
const ANSWER: u64 = 150;
/// In a thousand answers: those that are answered.
const REPLY: u64 = 700;
/// Of those whose texts wait, one in so many stops before.
const STOPS_WAITING: u64 = 3;

/// A contact writes, by way of the stand-in.
async fn write(ports: Ports, tally: &Tally, contact: &Contact, body: &str) {
    let path = format!("/twilio/{}", contact.organization);
    let fields = [
        ("From", contact.cell.as_str()),
        ("To", OWN_NUMBER),
        ("Body", body),
        ("Path", &path),
    ];
    let told = control(ports.vendor, "inbound", &fields).await;
    if let Some(sid) = told
        .as_ref()
        .and_then(|told| told.get("sid"))
        .and_then(Value::as_str)
    {
        push(&tally.inbound, sid.to_owned());
    }
}

/// What comes of a first message that is on its way.
pub fn react(tasks: &mut JoinSet<()>, contact: &Contact, ports: Ports, tally: &Arc<Tally>, dice: &mut Dice) {
    let (contact, tally) = (contact.clone(), Arc::clone(tally));
    let thrown = dice.below(1_000);
    // Most stops fall while the text is claimed or on its way.
    let soon = dice.between((0, 1_200));
    let (later, much_later) = (dice.between((300, 2_500)), dice.between((200, 2_000)));
    let is_answered = dice.permille(REPLY);
    if thrown < STOP {
        tasks.spawn(async move {
            sleep(soon).await;
            write(ports, &tally, &contact, "STOP").await;
        });
    } else if thrown < STOP + OPT_OUT {
        tasks.spawn(async move {
            sleep(soon).await;
            load::opt_out(&mut Api::new(ports.server, contact.user), &tally, &contact).await;
        });
    } else if thrown < STOP + OPT_OUT + ANSWER {
        tasks.spawn(async move {
            sleep(later).await;
            write(ports, &tally, &contact, &format!("Yes, {}", contact.id)).await;
            if is_answered && !tally.is_over.load(Ordering::Relaxed) {
                sleep(much_later).await;
                let text = format!("Thank you, {}!", contact.id);
                let mut api = Api::new(ports.server, contact.user);
                load::send(
                    &mut api,
                    &tally,
                    &contact,
                    &format!("reply-{}", contact.id),
                    Some(&text),
                )
                .await;
            }
        });
    }
}

/// Of those whose first messages wait, some stop in time.
pub async fn stop_while_waiting(
    contacts: Vec<Contact>,
    ports: Ports,
    tally: Arc<Tally>,
    mut dice: Dice,
    within: Duration,
) {
    let begun = Instant::now();
    let stopping: Vec<&Contact> = contacts
        .iter()
        .filter(|_| dice.below(STOPS_WAITING) == 0)
        .collect();
    let count = u32::try_from(stopping.len()).unwrap_or(u32::MAX).max(1);
    for (number, contact) in (0u32..).zip(stopping) {
        sleep_until(begun + within * number / count).await;
        if number % 2 == 0 {
            write(ports, &tally, contact, "Stop").await;
        } else {
            load::opt_out(&mut Api::new(ports.server, contact.user), &tally, contact).await;
        }
    }
}
