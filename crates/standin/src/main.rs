//! The `vendor-standin` binary: see the crate's documentation.

use std::{net::Ipv4Addr, path::Path, process::ExitCode};

use tokio::net::TcpListener;
use vendor_standin::{
    faults::{self, Faults},
    journal::Journal,
    serve,
    vendor::{Settings, Vendor},
};

const HELP: &str = "\
usage: vendor-standin PORT LOG ACCOUNT TOKEN INBOUND_URL PROFILE SEED
  PORT         on 127.0.0.1
  LOG          a file to add JSON lines to
  ACCOUNT      the account's id, AC and 32 digits; TOKEN its secret
  INBOUND_URL  where texts from contacts are told, http:// alone
  PROFILE      fast, slow, slow-callbacks or steady
  SEED         a number: the same faults in the same order
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vendor-standin: {error}\n{HELP}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: &[String]) -> Result<(), String> {
    let [port, log, account, token, inbound_url, profile, seed] = arguments else {
        return Err("there must be seven arguments".to_owned());
    };
    let port: u16 = port.parse().map_err(|error| format!("PORT: {error}"))?;
    let seed = seed.parse().map_err(|error| format!("SEED: {error}"))?;
    let profile = faults::profile(profile).ok_or_else(|| format!("PROFILE: there is no {profile:?}"))?;
    let journal = Journal::open(Path::new(log)).map_err(|error| format!("LOG: {log}: {error}"))?;
    let settings = Settings {
        account: account.clone(),
        token: token.clone(),
        inbound_url: inbound_url.clone(),
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| format!("PORT: {port}: {error}"))?;
    let vendor = Vendor::new(settings, Faults::new(profile, seed), journal);
    serve::serve(listener, vendor)
        .await
        .map_err(|error| error.to_string())
}
