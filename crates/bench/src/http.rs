//! HTTP/1.1 over one kept connection: as much as the server's answers need. One request at a time.

use std::{
    io::{Error, ErrorKind, Result, Write},
    net::Ipv4Addr,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest an answer may take.
const LONGEST_ANSWER: Duration = Duration::from_secs(15);
/// Largest head of an answer, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// Largest body of an answer, in bytes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// A connection to the server on this machine.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What the server answered.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(port: u16) -> Result<Self> {
        let stream = timeout(LONGEST_ANSWER, TcpStream::connect((Ipv4Addr::LOCALHOST, port))).await??;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends one request and reads its answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        timeout(LONGEST_ANSWER, self.exchange_in_time(request)).await?
    }

    async fn exchange_in_time(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_end = loop {
            self.read().await?;
            if let Some(at) = self
                .buffer
                .windows(HEAD_END.len())
                .position(|window| window == HEAD_END)
            {
                break at;
            }
            if self.buffer.len() > LARGEST_HEAD {
                return Err(broken("the head of the answer does not end"));
            }
        };
        let Head { status, length } = parse(self.buffer.get(..head_end).unwrap_or_default())?;
        let body_start = head_end + HEAD_END.len();
        while self.buffer.len() < body_start + length {
            self.read().await?;
        }
        let body = self.buffer.get(body_start..).unwrap_or_default();
        if body.len() > length {
            return Err(broken("the answer is longer than its Content-Length"));
        }
        Ok(Answer { status, body })
    }

    async fn read(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(broken("the server closed the connection")),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
}

fn parse(head: &[u8]) -> Result<Head> {
    let head = std::str::from_utf8(head).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| broken("the answer has no status"))?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok());
    match length {
        Some(length) if length <= LARGEST_BODY => Ok(Head { status, length }),
        None if status == 204 || status == 304 => Ok(Head { status, length: 0 }),
        _ => Err(broken("the answer has no Content-Length that fits")),
    }
}

fn broken(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidData, reason)
}

/// Writes a GET.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// Replaces `out` by a POST of JSON. `header` is one more header without its line end.
pub fn post(out: &mut Vec<u8>, path: &str, header: &str, body: &[u8]) {
    out.clear();
    // Writing to a Vec cannot fail.
    let _ = write!(
        out,
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{header}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let head = b"HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: 12";
        assert_eq!(
            parse(head).unwrap(),
            Head {
                status: 200,
                length: 12
            }
        );
        assert_eq!(
            parse(b"HTTP/1.1 204 No Content\r\nx: y").unwrap(),
            Head {
                status: 204,
                length: 0
            }
        );
        for bad in [
            "",
            "HTTP/1.1",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked",
            "HTTP/1.1 200 OK\r\ncontent-length: -1",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
