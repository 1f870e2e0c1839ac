//! The stand-in over real connections: what it takes, tells, breaks and writes down.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use vendor_standin::{
    faults::{FAST, Faults, Profile, STEADY},
    form, http,
    journal::Journal,
    serve,
    vendor::{Settings, Vendor},
    wire,
};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "token";

/// Address, signature, fields.
type Heard = (String, String, Vec<(String, String)>);

struct World {
    port: u16,
    log: PathBuf,
    /// What the stand-in told.
    heard: mpsc::UnboundedReceiver<Heard>,
    hook: String,
}

async fn world(name: &str, profile: Profile) -> World {
    let hooks = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}", hooks.local_addr().unwrap());
    let (told, heard) = mpsc::unbounded_channel();
    let base = hook.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = hooks.accept().await.unwrap();
            let (told, base) = (told.clone(), base.clone());
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                while let Ok(Some(request)) = http::read(&mut stream, &mut buffer).await {
                    let fields = form::read(&String::from_utf8(request.body.clone()).unwrap());
                    let signature = request.header("x-twilio-signature").unwrap().to_owned();
                    told.send((format!("{base}{}", request.word(1)), signature, fields))
                        .unwrap();
                    http::answer(&mut stream, 200, "", "text/xml", "<Response/>")
                        .await
                        .unwrap();
                }
            });
        }
    });
    let log = std::env::temp_dir().join(format!("standin-{name}-{}.jsonl", std::process::id()));
    drop(std::fs::remove_file(&log));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = Settings {
        account: ACCOUNT.to_owned(),
        token: TOKEN.to_owned(),
        inbound_url: hook.clone(),
    };
    let vendor = Vendor::new(settings, Faults::new(profile, 1), Journal::open(&log).unwrap());
    tokio::spawn(serve::serve(listener, Arc::clone(&vendor)));
    World {
        port,
        log,
        heard,
        hook,
    }
}

impl World {
    /// Status and body; none when the connection broke.
    async fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n{body}",
            wire::authorization(ACCOUNT, token),
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut buffer = Vec::new();
        let answer = tokio::time::timeout(Duration::from_millis(400), http::read(&mut stream, &mut buffer));
        let answer = answer.await.ok()?.ok()??;
        Some((
            answer.word(1).parse().unwrap(),
            String::from_utf8(answer.body).unwrap(),
        ))
    }

    async fn send(&self, to: &str, mid: i64) -> Option<(u16, String)> {
        let fields = [
            ("To", to),
            ("MessagingServiceSid", "MG1"),
            ("Body", "Hi & bye"),
            (
                "StatusCallback",
                &format!("{}/twilio-message-report/1?mid={mid}", self.hook),
            ),
        ];
        let form = form::write(&fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.ask(
            "POST",
            &format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"),
            TOKEN,
            &form,
        )
        .await
    }

    fn lines(&self, event: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["e"] == event).collect()
    }
}

#[tokio::test]
async fn a_text_is_taken_listed_reported_and_written_down() {
    let mut world = world("taken", STEADY).await;
    let (status, body) = world.send("+12025550101", 7).await.unwrap();
    assert_eq!(status, 201);
    let taken: Value = serde_json::from_str(&body).unwrap();
    let sid = taken["sid"].as_str().unwrap();
    assert!(sid.starts_with("SM") && sid.len() == 34, "{sid}");
    assert_eq!(
        (&taken["status"], &taken["from"]),
        (&Value::from("accepted"), &Value::Null)
    );

    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?To=%2B12025550101&PageSize=20");
    let (_, list) = world.ask("GET", &path, TOKEN, "").await.unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["messages"][0]["sid"], taken["sid"]);
    assert_eq!(list["next_page_uri"], Value::Null);

    let mut statuses = Vec::new();
    for _ in 0..2 {
        let (url, signature, fields) = world.heard.recv().await.unwrap();
        assert_eq!(url, format!("{}/twilio-message-report/1?mid=7", world.hook));
        assert_eq!(signature, wire::signature(TOKEN, &url, &fields));
        assert_eq!(form::get(&fields, "MessageSid"), Some(sid));
        statuses.push(form::get(&fields, "MessageStatus").unwrap().to_owned());
    }
    statuses.sort();
    assert_eq!(statuses, ["delivered", "sent"]);
    let accepted = world.lines("accepted");
    assert_eq!(accepted.len(), 1);
    assert_eq!(
        (&accepted[0]["mid"], &accepted[0]["sid"]),
        (&Value::from(7), &taken["sid"])
    );
    assert!(world.lines("request")[0]["t"].as_i64() <= accepted[0]["t"].as_i64());
}

#[tokio::test]
async fn pages_of_the_list_lead_to_one_another() {
    let world = world("pages", STEADY).await;
    for _ in 0..3 {
        world.send("+12025550102", 1).await.unwrap();
    }
    let mut path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?To=%2B12025550102&PageSize=2");
    let mut seen = 0;
    loop {
        let (_, list) = world.ask("GET", &path, TOKEN, "").await.unwrap();
        let list: Value = serde_json::from_str(&list).unwrap();
        seen += list["messages"].as_array().unwrap().len();
        match list["next_page_uri"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused() {
    let world = world("strangers", STEADY).await;
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    assert_eq!(world.ask("POST", &path, "other", "To=1").await.unwrap().0, 401);
    let (status, body) = world
        .ask("POST", &path, TOKEN, "To=%2B12025550101&From=%2B1")
        .await
        .unwrap();
    assert_eq!((status, body.contains("21619")), (400, true));
    assert!(world.lines("accepted").is_empty());
}

/// The faults of a profile come over the wire as what they are, and the log says which texts were taken.
#[tokio::test]
async fn faults_are_seen_and_the_log_tells_what_was_taken() {
    let broken = Profile {
        faults: 120,
        callback: (0, 1),
        ..FAST
    };
    let world = world("faults", broken).await;
    let (mut taken, mut refused, mut reset) = (0, 0, 0);
    for number in 0..120 {
        match world.send("+12025550103", number).await {
            Some((201, body)) if serde_json::from_str::<Value>(&body).is_ok() => taken += 1,
            Some(_) => refused += 1,
            None => reset += 1,
        }
    }
    let accepted = world.lines("accepted").len();
    assert!(
        taken > 0 && refused > 0 && reset > 0 && accepted > taken,
        "{taken} {refused} {reset} {accepted}"
    );
    let of = |fault: &str| {
        world
            .lines("request")
            .iter()
            .filter(|line| line["fault"] == fault)
            .count()
    };
    let lost = of("500-after") + of("reset-after") + of("silence-after") + of("malformed-after");
    assert_eq!(accepted, taken + lost);
}

#[tokio::test]
async fn a_contact_writes_by_the_control_address() {
    let mut world = world("inbound", STEADY).await;
    let (_, body) = world
        .ask(
            "POST",
            "/control/inbound",
            TOKEN,
            "From=%2B1202&To=%2B1500&Body=STOP&Path=/twilio/1",
        )
        .await
        .unwrap();
    let sid = serde_json::from_str::<Value>(&body).unwrap()["sid"].clone();
    let (url, signature, fields) = world.heard.recv().await.unwrap();
    assert_eq!(url, format!("{}/twilio/1", world.hook));
    assert_eq!(signature, wire::signature(TOKEN, &url, &fields));
    assert_eq!(form::get(&fields, "MessageSid"), sid.as_str());
    assert_eq!(form::get(&fields, "Body"), Some("STOP"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (_, counts) = world.ask("GET", "/control/counts", TOKEN, "").await.unwrap();
    let counts: Value = serde_json::from_str(&counts).unwrap();
    assert_eq!(
        (&counts["inbound_told"], &counts["pending"]),
        (&Value::from(1), &Value::from(0))
    );
    let mut rest = String::new();
    // The socket of an answered request stays usable.
    let mut stream = TcpStream::connect(("127.0.0.1", world.port)).await.unwrap();
    stream
        .write_all(b"GET /control/nothing HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 404"), "{rest}");
}
