//! HTTP/1.1, as much as a client library and our own server need.

use std::{
    io::{self, Error, ErrorKind},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Largest head, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// Largest body, in bytes.
const LARGEST_BODY: usize = 1024 * 1024;
/// Longest that the server may take to answer a callback: Twilio waits 15 s
/// (<https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>); a callback is not worth so much here.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections kept open for callbacks.
const MOST_IDLE: usize = 32;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// A request or an answer.
#[derive(Debug, Default)]
pub struct Packet {
    /// `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub first_line: String,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Packet {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The n-th word of the first line.
    pub fn word(&self, number: usize) -> &str {
        self.first_line.split(' ').nth(number).unwrap_or_default()
    }
}

fn broken(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidData, reason)
}

/// Reads one packet; none when the other side has closed the connection between two.
///
/// # Errors
///
/// When the connection breaks or what comes is not HTTP.
pub async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<Option<Packet>> {
    let head_end = loop {
        if let Some(at) = buffer
            .windows(HEAD_END.len())
            .position(|window| window == HEAD_END)
        {
            break at;
        }
        if buffer.len() > LARGEST_HEAD {
            return Err(broken("the head does not end"));
        }
        if stream.read_buf(buffer).await? == 0 {
            return if buffer.is_empty() {
                Ok(None)
            } else {
                Err(broken("cut off"))
            };
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..head_end).unwrap_or_default()).into_owned();
    let mut lines = head.split("\r\n");
    let first_line = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut packet = Packet {
        first_line,
        headers,
        body: Vec::new(),
    };
    let length = match packet.header("content-length") {
        Some(length) => length
            .parse()
            .ok()
            .ok_or_else(|| broken("Content-Length is no number"))?,
        None if packet.header("transfer-encoding").is_some() => {
            return Err(broken("chunks are not understood"));
        }
        None => 0,
    };
    if length > LARGEST_BODY {
        return Err(broken("the body is too large"));
    }
    let end = head_end + HEAD_END.len() + length;
    while buffer.len() < end {
        if stream.read_buf(buffer).await? == 0 {
            return Err(broken("cut off"));
        }
    }
    let rest = buffer.split_off(end);
    packet.body = buffer.split_off(head_end + HEAD_END.len());
    *buffer = rest;
    Ok(Some(packet))
}

/// Writes an answer. `headers` are whole lines with their ends.
///
/// # Errors
///
/// When the connection breaks.
pub async fn answer(
    stream: &mut (impl AsyncWrite + Unpin),
    status: u16,
    headers: &str,
    content_type: &str,
    body: &str,
) -> io::Result<()> {
    let reason = match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream
        .write_all(&[head.as_bytes(), body.as_bytes()].concat())
        .await
}

/// Posts forms, over connections that are kept.
#[derive(Default)]
pub struct Client {
    idle: Mutex<Vec<(String, TcpStream)>>,
}

impl Client {
    fn take(&self, host: &str) -> Option<TcpStream> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().position(|(of, _)| of == host)?;
        Some(idle.swap_remove(at).1)
    }

    fn give_back(&self, host: &str, stream: TcpStream) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push((host.to_owned(), stream));
        }
    }

    /// Posts a form to an `http://` address. The status of the answer; 0 when there was none.
    pub async fn post(&self, url: &str, signature: &str, form: &str) -> u16 {
        let Some((host, path)) = split(url) else {
            return 0;
        };
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n\
             X-Twilio-Signature: {signature}\r\nUser-Agent: TwilioProxy/1.1\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let told = timeout(CALLBACK_TIMEOUT, self.exchange(host, request.as_bytes())).await;
        told.unwrap_or_else(|_| Err(broken("no answer in time")))
            .unwrap_or(0)
    }

    async fn exchange(&self, host: &str, request: &[u8]) -> io::Result<u16> {
        // A kept connection may have been closed, or its server killed, since.
        if let Some(stream) = self.take(host)
            && let Ok(status) = self.exchange_over(host, stream, request).await
        {
            return Ok(status);
        }
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        self.exchange_over(host, stream, request).await
    }

    async fn exchange_over(&self, host: &str, mut stream: TcpStream, request: &[u8]) -> io::Result<u16> {
        stream.write_all(request).await?;
        let mut buffer = Vec::new();
        let answer = read(&mut stream, &mut buffer)
            .await?
            .ok_or_else(|| broken("closed"))?;
        let status = answer.word(1).parse().ok().ok_or_else(|| broken("no status"))?;
        let closes = answer
            .header("connection")
            .is_some_and(|words| words.eq_ignore_ascii_case("close"));
        if buffer.is_empty() && !closes {
            self.give_back(host, stream);
        }
        Ok(status)
    }
}

/// Host with port, and path with query, of an `http://` address.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("http://")?;
    let at = rest.find('/')?;
    Some(rest.split_at(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn packets_are_read_one_after_another() {
        let words = b"POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nX-A:  b \r\n\r\nabcGET / HTTP/1.1\r\n\r\n";
        let (mut stream, mut buffer) = (&words[..], Vec::new());
        let first = read(&mut stream, &mut buffer).await.unwrap().unwrap();
        assert_eq!(
            (first.word(0), first.word(1), first.body.as_slice()),
            ("POST", "/a?b", &b"abc"[..])
        );
        assert_eq!(first.header("x-a"), Some("b"));
        let second = read(&mut stream, &mut buffer).await.unwrap().unwrap();
        assert_eq!((second.word(0), second.body.len()), ("GET", 0));
        assert!(read(&mut stream, &mut buffer).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_cut_off_is_an_error() {
        for words in [
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
            "POST",
            "A\r\nContent-Length: x\r\n\r\n",
        ] {
            assert!(
                read(&mut words.as_bytes(), &mut Vec::new()).await.is_err(),
                "{words}"
            );
        }
    }

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(
            split("http://127.0.0.1:80/a?b=c"),
            Some(("127.0.0.1:80", "/a?b=c"))
        );
        assert_eq!(split("https://127.0.0.1/a"), None);
    }
}
