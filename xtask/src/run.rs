//! `cargo xtask run`: the product with demo data, from nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::build;
use crate::command;
use crate::failure::{Context, Failure, Result};
use crate::postgres::{DEV, Postgres};
use crate::process::{Ending, Running, interrupted};
use crate::step::Steps;
use crate::tools;
use crate::workspace::{Workspace, env};

pub fn run(ws: &Workspace, release: bool) -> Result<()> {
    let port = port()?;
    let mut steps = Steps::new();
    tools::for_client(ws, &mut steps)?;
    let given = env("DATABASE_URL");
    let postgres = match given {
        Some(_) => None,
        None => Some(steps.run("PostgreSQL", || {
            let postgres = Postgres::start(ws, &DEV)?;
            postgres.create_database("bellwether")?;
            Ok(postgres)
        })?),
    };
    let url = given
        .or_else(|| Some(postgres.as_ref()?.url("bellwether")))
        .unwrap_or_default();
    steps.run("Server", || build::native(ws, release, &["bellwether-server"]))?;
    let dist = steps.run("Client", || build::client(ws, release))?;
    let secret = session_secret(&ws.data().join("session-secret"))?;

    let bellwether = |arguments: &[&str]| {
        let mut command: Command = ws.command(ws.binary(release, "bellwether"));
        command.args(arguments);
        command
            .env("DATABASE_URL", &url)
            .env("PORT", port.to_string())
            .env("BASE_URL", format!("http://127.0.0.1:{port}"))
            .env("SESSION_SECRET", &secret)
            .env("DEV_APP_SERVER", "1")
            .env("CLIENT_DIST", &dist)
            .env("RUST_LOG", env("RUST_LOG").unwrap_or_else(|| "info".to_owned()));
        command
    };
    let data_hint = "to begin with an empty database: rm -rf .data/postgres";
    steps.run("Migrations", || {
        command::run(&mut bellwether(&["migrate"]), data_hint)
    })?;
    let mut accounts = Vec::new();
    steps.run("Demo data", || {
        command::run_lines(&mut bellwether(&["seed"]), data_hint, |line| {
            accounts.push(line.to_owned())
        })
    })?;
    let mut server = steps.run("Start", || {
        let mut server = Running::spawn(&mut bellwether(&["serve"]), Ending::GROUP)?;
        wait_until_ready(&mut server, port)?;
        Ok(server)
    })?;

    println!("\n{}\n", accounts.join("\n"));
    println!("Bellwether runs at http://127.0.0.1:{port}");
    println!("Ctrl-C ends it. The database: `cargo xtask psql`\n");
    match server.wait() {
        // Ctrl-C is how it is meant to end.
        Err(Failure::Interrupted) => {
            drop(server);
            drop(postgres);
            println!("stopped");
            Ok(())
        }
        Err(failure) => Err(failure),
        Ok(status) => Err(Failure::new(
            format!("the server ended ({status})"),
            "its messages are above",
        )),
    }
}

/// Asked first: a taken port should not show after minutes of building.
fn port() -> Result<u16> {
    let text = env("PORT").unwrap_or_else(|| "3000".to_owned());
    let port: u16 = text
        .parse()
        .context(&format!("PORT is `{text}`"), "it must be a number up to 65535")?;
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let hint = format!("PORT={} cargo xtask run", port.checked_add(1).unwrap_or(3001));
            Err(Failure::new(format!("port {port} is in use"), hint))
        }
        outcome => outcome
            .map(|_| port)
            .context(&format!("port {port} cannot be used"), "set PORT to another"),
    }
}

/// Kept, so that a restart does not sign everybody out.
fn session_secret(path: &Path) -> Result<String> {
    if let Ok(secret) = fs::read_to_string(path)
        && secret.len() == 64
    {
        return Ok(secret);
    }
    let mut bytes = [0_u8; 32];
    let random = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    random.context("cannot read /dev/urandom", "")?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(secret.as_bytes()))
        .context("cannot keep the session secret", &path.display().to_string())?;
    Ok(secret)
}

fn wait_until_ready(server: &mut Running, port: u16) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !answers_200(port, "/readyz") {
        if interrupted() {
            return Err(Failure::Interrupted);
        }
        if let Some(status) = server.poll() {
            return Err(Failure::new(
                format!("the server ended at once ({status})"),
                "its messages are above",
            ));
        }
        if Instant::now() > deadline {
            return Err(Failure::new(
                "/readyz did not answer 200 within a minute",
                "the server's messages are above",
            ));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn answers_200(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = [0_u8; 12];
        stream.read_exact(&mut start)?;
        Ok(start.starts_with(b"HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_counts_as_ready() {
        for (answer, ready) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 Busy\r\n\r\n", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 512];
                assert!(stream.read(&mut request).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            });
            assert_eq!(answers_200(port, "/readyz"), ready);
            server.join().unwrap();
            assert!(!answers_200(port, "/readyz"), "nobody listens any more");
        }
    }

    #[test]
    fn the_secret_is_kept() {
        let path = std::env::temp_dir().join(format!("xtask-secret-{}", std::process::id()));
        let first = session_secret(&path).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(session_secret(&path).unwrap(), first);
        fs::remove_file(&path).unwrap();
    }
}
