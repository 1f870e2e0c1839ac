//! What the vendor tells the server: what became of texts, and what contacts write.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use crate::{
    form,
    http::Client,
    journal::now_micros,
    vendor::{OWN_NUMBER, Text, UNDELIVERED_CODE, Vendor},
    wire,
};

/// Times that a status callback is told until it is answered with 2xx. Twilio tells it again only when set up so
/// (connection overrides); three is what a careful operator sets.
const CALLBACK_TRIES: u32 = 3;
/// Times that a text from a contact is told.
const INBOUND_TRIES: u32 = 40;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(3);

fn fields_of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Tells an event until it is taken. Whether it was.
async fn tell(
    vendor: &Vendor,
    client: &Client,
    (url, fields): (&str, &[(String, String)]),
    tries: u32,
    log: impl Fn(u32, u16),
) -> bool {
    let signature = wire::signature(&vendor.settings.token, url, fields);
    let form = form::write(fields);
    let mut wait = FIRST_WAIT;
    for number in 1..=tries {
        let answer = client.post(url, &signature, &form).await;
        log(number, answer);
        if (200..300).contains(&answer) {
            return true;
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    false
}

/// Tells what becomes of a text that was taken: sent, then delivered or not; by the profile late, twice and out of order.
pub fn report(vendor: &Arc<Vendor>, client: &Arc<Client>, text: &Text, url: &str) {
    if url.is_empty() {
        return;
    }
    let end = if vendor.faults.is_undelivered() {
        "undelivered"
    } else {
        "delivered"
    };
    for status in ["sent", end] {
        for _ in 0..vendor.faults.times() {
            let (vendor, client) = (Arc::clone(vendor), Arc::clone(client));
            let (sid, to, service, from) = (
                text.sid.clone(),
                text.to.clone(),
                text.service.clone(),
                text.from.clone(),
            );
            let url = url.to_owned();
            let after = vendor.faults.callback_after();
            vendor.count(|counts| counts.pending += 1);
            tokio::spawn(async move {
                sleep(after).await;
                let from = if from.is_empty() { OWN_NUMBER } else { &from };
                let code = (status == "undelivered").then_some(UNDELIVERED_CODE);
                if vendor
                    .text(&sid)
                    .is_some_and(|text| text.status != "delivered" && text.status != "undelivered")
                {
                    vendor.move_on(&sid, status, from, code);
                }
                let code = code.map(|code| code.to_string());
                let mut fields = fields_of(&[
                    ("AccountSid", &vendor.settings.account),
                    ("ApiVersion", "2010-04-01"),
                    ("From", from),
                    ("MessageSid", &sid),
                    ("MessageStatus", status),
                    ("SmsSid", &sid),
                    ("SmsStatus", status),
                    ("To", &to),
                ]);
                if !service.is_empty() {
                    fields.extend(fields_of(&[("MessagingServiceSid", &service)]));
                }
                if let Some(code) = &code {
                    fields.extend(fields_of(&[("ErrorCode", code)]));
                }
                let taken = tell(
                    &vendor,
                    &client,
                    (&url, &fields),
                    CALLBACK_TRIES,
                    |number, answer| {
                        let line = json!({ "sid": sid, "status": status, "try": number, "answer": answer });
                        vendor.journal.add("callback", line);
                    },
                )
                .await;
                vendor.count(|counts| {
                    counts.pending -= 1;
                    if taken {
                        counts.callbacks += 1
                    } else {
                        counts.callbacks_lost += 1
                    }
                });
            });
        }
    }
}

/// A contact writes. Returns the text's id.
pub fn write(
    vendor: &Arc<Vendor>,
    client: &Arc<Client>,
    path: &str,
    (from, to): (&str, &str),
    body: &str,
) -> String {
    let url = format!("{}{path}", vendor.settings.inbound_url);
    let sid = format!("SM{}", vendor.faults.id());
    vendor.keep(Text {
        sid: sid.clone(),
        to: to.to_owned(),
        from: from.to_owned(),
        service: String::new(),
        body: body.to_owned(),
        is_inbound: true,
        status: "received",
        error_code: None,
        at: now_micros(),
    });
    vendor.journal.add(
        "inbound",
        json!({ "sid": sid, "from": from, "to": to, "body": body }),
    );
    vendor.count(|counts| counts.inbound += 1);
    let fields = fields_of(&[
        ("AccountSid", &vendor.settings.account),
        ("ApiVersion", "2010-04-01"),
        ("Body", body),
        ("From", from),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", to),
    ]);
    let times = vendor.faults.times();
    vendor.count(|counts| counts.pending += 1);
    let (vendor, client, told) = (Arc::clone(vendor), Arc::clone(client), sid.clone());
    tokio::spawn(async move {
        // Twice means at the same time: that is the harder case.
        let once = || {
            tell(
                &vendor,
                &client,
                (&url, &fields),
                INBOUND_TRIES,
                |number, answer| {
                    vendor
                        .journal
                        .add("told", json!({ "sid": told, "try": number, "answer": answer }));
                },
            )
        };
        let taken = if times > 1 {
            let (one, other) = tokio::join!(once(), once());
            one || other
        } else {
            once().await
        };
        vendor.count(|counts| {
            counts.pending -= 1;
            if taken {
                counts.inbound_told += 1
            } else {
                counts.inbound_lost += 1
            }
        });
    });
    sid
}
