//! The API: texts are handed over, listed and looked at; and addresses to steer the stand-in by.
//!
//! | control | what |
//! |---|---|
//! | `POST /control/inbound` (`From`, `To`, `Body`, `Path` behind INBOUND_URL) | a contact writes |
//! | `POST /control/calm` | nothing goes wrong any more |
//! | `POST /control/profile` (`name`) | behaves so from now on |
//! | `GET /control/counts` | what was counted, as JSON |

use std::{io, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::{
    callbacks,
    faults::{self, Fault},
    form,
    http::{self, Client, Packet},
    journal::now_micros,
    vendor::{Question, Text, Vendor},
    wire,
};

/// Texts on a page when the client does not say; Twilio's own.
const PAGE_SIZE: usize = 50;
/// Texts on a page at most; Twilio's own.
const LARGEST_PAGE: usize = 1_000;
/// A request that is never answered is held so long: longer than any client waits.
const SILENCE: Duration = Duration::from_secs(60);
/// When a text is taken, as a share of the time until the answer: so that a client killed while it waits leaves both
/// texts that were taken and texts that will be.
const TAKEN_AFTER: u32 = 2;

/// What is answered; none: the connection is broken.
struct Reply {
    status: u16,
    headers: &'static str,
    body: String,
}

impl Reply {
    fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: "",
            body: body.to_string(),
        }
    }

    fn error(status: u16, code: i32, words: &str) -> Self {
        Self::json(status, &wire::error(status, code, words))
    }
}

/// Serves until the listener breaks.
///
/// # Errors
///
/// When no connection can be taken.
pub async fn serve(listener: TcpListener, vendor: Arc<Vendor>) -> io::Result<()> {
    let client = Arc::new(Client::default());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (vendor, client) = (Arc::clone(&vendor), Arc::clone(&client));
        tokio::spawn(async move {
            // A client that was killed leaves a broken connection: that is what this is for.
            let _ = converse(stream, &vendor, &client).await;
        });
    }
}

async fn converse(mut stream: TcpStream, vendor: &Arc<Vendor>, client: &Arc<Client>) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = http::read(&mut stream, &mut buffer).await? {
        let Some(reply) = take(vendor, client, &request).await else {
            // With no time to linger the other side sees a reset, not an end.
            stream.set_zero_linger()?;
            return Ok(());
        };
        http::answer(
            &mut stream,
            reply.status,
            reply.headers,
            "application/json",
            &reply.body,
        )
        .await?;
    }
    Ok(())
}

async fn take(vendor: &Arc<Vendor>, client: &Arc<Client>, request: &Packet) -> Option<Reply> {
    let (method, target) = (request.word(0), request.word(1));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let body = String::from_utf8_lossy(&request.body);
    if let Some(name) = path.strip_prefix("/control/") {
        return Some(control(vendor, client, name, &form::read(&body)));
    }
    let settings = &vendor.settings;
    let expected = wire::authorization(&settings.account, &settings.token);
    if request.header("authorization") != Some(&expected) {
        return Some(Reply::error(401, 20003, "Authenticate"));
    }
    let messages = format!("/2010-04-01/Accounts/{}/Messages", settings.account);
    let rest = path.strip_prefix(&messages)?;
    match (method, rest) {
        ("POST", ".json") => send(vendor, client, &form::read(&body)).await,
        ("GET", ".json") => Some(list(vendor, &messages, &form::read(query))),
        ("GET", _) => {
            let sid = rest.trim_start_matches('/').trim_end_matches(".json");
            Some(match vendor.text(sid) {
                Some(text) => Reply::json(200, &wire::message(&settings.account, &text)),
                None => Reply::error(404, 20404, "The requested resource was not found"),
            })
        }
        _ => Some(Reply::error(404, 20404, "The requested resource was not found")),
    }
}

async fn send(vendor: &Arc<Vendor>, client: &Arc<Client>, fields: &[(String, String)]) -> Option<Reply> {
    let get = |name| form::get(fields, name).unwrap_or_default();
    let (to, from, body, service) = (get("To"), get("From"), get("Body"), get("MessagingServiceSid"));
    let callback = get("StatusCallback");
    let message_id = wire::message_id(callback);
    let decision = vendor.faults.decide();
    let fault = decision.fault;
    let mut number = 0;
    vendor.count(|counts| {
        counts.requests += 1;
        number = counts.requests;
    });
    vendor.journal.add(
        "request",
        json!({ "n": number, "mid": message_id, "to": to, "body": body, "fault": fault.as_str() }),
    );
    let answered = |status: u16| {
        vendor
            .journal
            .add("answered", json!({ "n": number, "status": status }))
    };
    if to.is_empty()
        || (from.is_empty() && service.is_empty())
        || (body.is_empty() && get("MediaUrl").is_empty())
    {
        answered(400);
        return Some(match (to, body) {
            ("", _) => Reply::error(400, 21604, "A 'To' phone number is required."),
            (_, "") => Reply::error(400, 21619, "A text message body or media urls must be specified."),
            _ => Reply::error(400, 21603, "A 'From' phone number is required."),
        });
    }
    let until_taken = decision.answer_after / TAKEN_AFTER;
    sleep(until_taken).await;
    let text = fault.accepts().then(|| {
        let text = Text {
            sid: format!("SM{}", vendor.faults.id()),
            to: to.to_owned(),
            from: from.to_owned(),
            service: service.to_owned(),
            body: body.to_owned(),
            is_inbound: false,
            status: if from.is_empty() { "accepted" } else { "queued" },
            error_code: None,
            at: now_micros(),
        };
        vendor.journal.add(
            "accepted",
            json!({ "n": number, "sid": text.sid, "mid": message_id, "to": to, "body": body }),
        );
        vendor.count(|counts| counts.accepted += 1);
        vendor.keep(text.clone());
        callbacks::report(vendor, client, &text, callback);
        text
    });
    sleep(decision.answer_after.saturating_sub(until_taken)).await;
    let reply = match (fault, text) {
        (Fault::None, Some(text)) => Some(Reply::json(201, &wire::message(&vendor.settings.account, &text))),
        (Fault::MalformedAfter, _) => Some(Reply {
            status: 201,
            headers: "",
            body: "{\"sid\": \"SM12".to_owned(),
        }),
        (Fault::TooMany, _) => Some(Reply {
            headers: "Retry-After: 1\r\n",
            ..Reply::error(429, 20429, "Too Many Requests")
        }),
        (Fault::ErrorBefore | Fault::ErrorAfter, _) => {
            Some(Reply::error(500, 20500, "Internal Server Error"))
        }
        (Fault::SilenceAfter, _) => {
            answered(0);
            sleep(SILENCE).await;
            return None;
        }
        (Fault::ResetBefore | Fault::ResetAfter | Fault::None, _) => None,
    };
    answered(reply.as_ref().map_or(0, |reply| reply.status));
    reply
}

fn list(vendor: &Vendor, messages: &str, fields: &[(String, String)]) -> Reply {
    let get = |name| form::get(fields, name);
    let number = |name, usual| get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let page_size = number("PageSize", PAGE_SIZE).clamp(1, LARGEST_PAGE);
    let page: usize = number("Page", 0);
    let lag = i64::try_from(vendor.faults.profile().list_lag * 1_000).unwrap_or_default();
    /// A day, for `DateSent=`, which means all of it.
    const DAY: i64 = 86_400_000_000;
    let day = get("DateSent").and_then(wire::read_date);
    let question = Question {
        to: get("To").map(str::to_owned),
        from: get("From").map(str::to_owned),
        after: get("DateSent>").and_then(wire::read_date).or(day),
        before: get("DateSent<")
            .and_then(wire::read_date)
            .or(day.map(|day| day + DAY)),
        shown_until: now_micros() - lag,
    };
    let (texts, is_more) = vendor.list(&question, page, page_size);
    let shown: Vec<Value> = texts
        .iter()
        .map(|text| wire::message(&vendor.settings.account, text))
        .collect();
    let address = |page: usize| {
        let mut all: Vec<(String, String)> = fields
            .iter()
            .filter(|(name, _)| !["Page", "PageSize"].contains(&name.as_str()))
            .cloned()
            .collect();
        all.push(("PageSize".to_owned(), page_size.to_string()));
        all.push(("Page".to_owned(), page.to_string()));
        format!("{messages}.json?{}", form::write(&all))
    };
    Reply::json(
        200,
        &json!({
            "messages": shown, "page": page, "page_size": page_size, "start": page * page_size,
            "end": page * page_size + shown.len().saturating_sub(1), "uri": address(page),
            "first_page_uri": address(0), "next_page_uri": is_more.then(|| address(page + 1)),
            "previous_page_uri": page.checked_sub(1).map(address),
        }),
    )
}

fn control(vendor: &Arc<Vendor>, client: &Arc<Client>, name: &str, fields: &[(String, String)]) -> Reply {
    let get = |name| form::get(fields, name).unwrap_or_default();
    match name {
        "inbound" => {
            let sid = callbacks::write(vendor, client, get("Path"), (get("From"), get("To")), get("Body"));
            Reply::json(200, &json!({ "sid": sid }))
        }
        "calm" => {
            vendor.faults.calm();
            Reply::json(200, &json!({}))
        }
        "profile" => match faults::profile(get("name")) {
            Some(profile) => {
                vendor.faults.behave(profile);
                Reply::json(200, &json!({}))
            }
            None => Reply::error(400, 0, "name: there is no such profile"),
        },
        "counts" => {
            let counts = vendor.counts();
            Reply::json(
                200,
                &json!({
                    "requests": counts.requests, "accepted": counts.accepted, "callbacks": counts.callbacks,
                    "callbacks_lost": counts.callbacks_lost, "pending": counts.pending, "inbound": counts.inbound,
                    "inbound_told": counts.inbound_told, "inbound_lost": counts.inbound_lost,
                }),
            )
        }
        _ => Reply::error(404, 20404, "there is no such control"),
    }
}
