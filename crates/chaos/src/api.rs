//! What is asked of the server and of the stand-in, over HTTP/1.1.

use std::{net::Ipv4Addr, time::Duration};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use vendor_standin::{
    form,
    http::{self, Packet},
};

/// Longest that an answer may take; then the same is asked again.
const LONGEST: Duration = Duration::from_secs(12);

/// Where to ask.
#[derive(Clone, Copy)]
pub struct Ports {
    pub server: u16,
    pub vendor: u16,
}

/// What a request came to.
#[derive(Debug)]
pub enum Told {
    /// It is done.
    Done,
    /// It is refused for good: the code.
    Refused(String),
    /// Nobody knows: ask the same again.
    Nothing,
}

/// Refusals that say "again later".
const PASSING: [&str; 4] = [
    "INTERNAL",
    "SERVICE_UNAVAILABLE",
    "TOO_MANY_REQUESTS",
    "SENDERR_SAVEFAIL",
];

/// One person's connection.
pub struct Api {
    port: u16,
    cookie: String,
    stream: Option<TcpStream>,
}

impl Api {
    pub fn new(port: u16, user: i64) -> Self {
        Self {
            port,
            cookie: format!("session={}", crate::seed::session_key(user)),
            stream: None,
        }
    }

    /// Asks once.
    pub async fn ask(&mut self, query: &str, variables: Value) -> Told {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nCookie: {}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        let answer = match self.stream.take() {
            Some(stream) => Ok(stream),
            None => TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await,
        };
        let Ok(mut stream) = answer else {
            return Told::Nothing;
        };
        let Some(answer) = exchange(&mut stream, request.as_bytes()).await else {
            return Told::Nothing;
        };
        self.stream = Some(stream);
        read(&answer)
    }
}

fn read(answer: &Packet) -> Told {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return Told::Nothing;
    };
    if let Some(error) = body.get("errors").and_then(|errors| errors.get(0)) {
        let code = error.pointer("/extensions/code").and_then(Value::as_str);
        return match code {
            Some(code) if !PASSING.contains(&code) => Told::Refused(code.to_owned()),
            _ => Told::Nothing,
        };
    }
    match body.get("data") {
        Some(_) if answer.word(1) == "200" => Told::Done,
        _ => Told::Nothing,
    }
}

async fn exchange(stream: &mut TcpStream, request: &[u8]) -> Option<Packet> {
    let exchanged = timeout(LONGEST, async {
        stream.write_all(request).await.ok()?;
        http::read(stream, &mut Vec::new()).await.ok()?
    });
    exchanged.await.ok()?
}

/// A GET of the server.
pub async fn get(port: u16, path: &str) -> Option<Packet> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    exchange(&mut stream, request.as_bytes()).await
}

/// Steers the stand-in; its answer.
pub async fn control(port: u16, name: &str, fields: &[(&str, &str)]) -> Option<Value> {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let form = form::write(&fields);
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let request = format!(
        "POST /control/{name} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = exchange(&mut stream, request.as_bytes()).await?;
    serde_json::from_slice(&answer.body).ok()
}
