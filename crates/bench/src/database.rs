//! The benchmark's own connection. It has a role of its own, so that its statements can be told from the server's.

use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls, config::Host};

use crate::Result;

const OBSERVER: &str = "bellwether_bench";

/// The database that is measured.
pub struct Database {
    client: Client,
    /// The role of the server's connections.
    pub server_role: String,
}

impl Database {
    /// Connects, and makes the role and the extension that are needed.
    pub async fn open(url: &str) -> Result<Self> {
        let mut config: Config = url.parse()?;
        config.connect_timeout(Duration::from_secs(10));
        if !config.get_hosts().iter().all(is_here) {
            return Err("BENCH_DATABASE_URL: only a database on this machine (127.0.0.1)".into());
        }
        let Some(server_role) = config.get_user().map(str::to_owned) else {
            return Err("BENCH_DATABASE_URL: it names no role".into());
        };
        let first = connect(&config).await?;
        first
            .batch_execute(&format!(
                "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
                 DO $$ BEGIN
                     CREATE ROLE {OBSERVER} SUPERUSER LOGIN;
                 EXCEPTION WHEN duplicate_object THEN NULL;
                 END $$"
            ))
            .await?;
        config.user(OBSERVER);
        Ok(Self {
            client: connect(&config).await?,
            server_role,
        })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs statements one by one, each in a transaction of its own.
    pub async fn each(&self, statements: &[&str]) -> Result<()> {
        for statement in statements {
            self.client
                .batch_execute(statement)
                .await
                .map_err(|error| format!("{statement}: {error}"))?;
        }
        Ok(())
    }

    /// One number.
    pub async fn number(&self, statement: &str) -> Result<i64> {
        Ok(self.client.query_one(statement, &[]).await?.try_get(0)?)
    }

    /// Makes PostgreSQL count statements inside functions and triggers too, on connections that are still to come.
    pub async fn watch_functions(&self) -> Result<()> {
        let role = self.server_role.replace('"', "\"\"");
        self.each(&[&format!(
            "ALTER ROLE \"{role}\" SET pg_stat_statements.track = 'all'"
        )])
        .await
    }

    /// The benchmark empties tables: it takes a database that has nothing in it.
    pub async fn refuse_if_used(&self) -> Result<()> {
        match self
            .number("SELECT (SELECT count(*) FROM organization) + (SELECT count(*) FROM \"user\")")
            .await?
        {
            0 => Ok(()),
            _ => Err(
                "BENCH_DATABASE_URL: there are data in this database; the benchmark needs an empty one"
                    .into(),
            ),
        }
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => matches!(name.as_str(), "127.0.0.1" | "::1" | "localhost"),
        Host::Unix(_) => true,
    }
}

async fn connect(config: &Config) -> Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("bellwether-bench: its connection to PostgreSQL broke: {error}");
        }
    });
    Ok(client)
}
