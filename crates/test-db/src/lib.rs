//! A fresh PostgreSQL database per test, copied from a migrated template.
//!
//! `TEST_DATABASE_URL` names the server by its maintenance database, for example
//! `postgres://bellwether@127.0.0.1:54999/postgres`; `cargo xtask test` starts such a server and sets it. The
//! template's name holds a hash of `migrations/`, so that a changed migration makes a new one; whoever comes first
//! makes it, under an advisory lock that other processes wait for. A copy by files costs about 15 ms, a migration of
//! everything some hundred.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tokio_postgres::{Client, NoTls};

const VARIABLE: &str = "TEST_DATABASE_URL";
/// Any constant that no one else on a test server locks.
const TEMPLATE_LOCK: i64 = 0x6265_6c6c_7765_7468;

/// A database of its own, dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    maintenance_url: String,
    name: String,
    url: String,
}

impl TestDb {
    /// Makes a database with all migrations and no rows. Panics when it cannot: without one there is no test.
    pub async fn new() -> Self {
        let maintenance_url = maintenance_url();
        let client = connect(&maintenance_url).await;
        let template = ensure_template(&client, &maintenance_url).await;
        let row = client
            .query_one("SELECT replace(gen_random_uuid()::text, '-', '')", &[])
            .await;
        let unique: String = row
            .and_then(|row| row.try_get(0))
            .unwrap_or_else(|error| panic!("test database: {error}"));
        let name = format!("bellwether_test_{unique}");
        execute(
            &client,
            &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"),
        )
        .await;
        let url = with_database(&maintenance_url, &name);
        Self {
            maintenance_url,
            name,
            url,
        }
    }

    /// The database's address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (self.maintenance_url.clone(), self.name.clone());
        // A thread with a runtime of its own: the test's runtime may be gone or must not be blocked. Its failure only
        // leaves a database behind.
        let thread = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                if let Ok((client, connection)) = tokio_postgres::connect(&url, NoTls).await {
                    let driver = tokio::spawn(connection);
                    let _ = client
                        .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                        .await;
                    driver.abort();
                }
            });
        });
        let _ = thread.join();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no Config; this one variable says where the server is"
)]
fn maintenance_url() -> String {
    match std::env::var(VARIABLE) {
        Ok(url) if !url.trim().is_empty() => url.trim().to_owned(),
        _ => panic!(
            "{VARIABLE} is not set: run `cargo xtask test`, which starts a PostgreSQL for tests and names it"
        ),
    }
}

/// The template's name, once it is there and complete.
async fn ensure_template(client: &Client, maintenance_url: &str) -> String {
    let migrations = migrations_folder();
    let (hash, count) = hash_of(&migrations);
    let template = format!("bellwether_template_{hash}");
    if is_template(client, &template).await {
        return template;
    }
    execute(client, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    if !is_template(client, &template).await {
        // One that is there and not marked is the rest of a run that was stopped.
        execute(
            client,
            &format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)"),
        )
        .await;
        execute(client, &format!("CREATE DATABASE {template}")).await;
        migrate(&with_database(maintenance_url, &template), count).await;
        execute(
            client,
            &format!("ALTER DATABASE {template} IS_TEMPLATE true ALLOW_CONNECTIONS false"),
        )
        .await;
    }
    execute(client, &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    template
}

async fn migrate(url: &str, expected: usize) {
    let connection = bellwether_db::pool::connect(url)
        .await
        .unwrap_or_else(|error| panic!("template: {error}"));
    let ran = tokio::task::spawn_blocking(move || bellwether_db::pool::migrate(connection))
        .await
        .unwrap_or_else(|error| panic!("template: {error}"))
        .unwrap_or_else(|error| panic!("template: a migration failed: {error}"));
    assert!(
        ran == expected,
        "{ran} migrations are compiled in and {expected} are in migrations/: touch crates/db/src/pool.rs"
    );
}

async fn is_template(client: &Client, name: &str) -> bool {
    let found = client
        .query_opt(
            "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate",
            &[&name],
        )
        .await;
    found
        .unwrap_or_else(|error| panic!("test database: {error}"))
        .is_some()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .unwrap_or_else(|error| panic!("{VARIABLE}: cannot connect ({error}): run `cargo xtask test`"));
    tokio::spawn(connection);
    client
}

async fn execute(client: &Client, sql: &str) {
    client
        .batch_execute(sql)
        .await
        .unwrap_or_else(|error| panic!("test database: {sql}: {error}"));
}

fn migrations_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")
}

/// A hash of all migrations' names and texts, and how many there are.
fn hash_of(folder: &Path) -> (String, usize) {
    let read =
        |path: &Path| std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let list = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect()
    };
    let mut texts = BTreeMap::new();
    for migration in list(folder)
        .into_iter()
        .filter(|path| path.join("up.sql").is_file())
    {
        let up = read(&migration.join("up.sql"));
        texts.insert(migration.file_name().map(std::ffi::OsStr::to_owned), up);
    }
    let mut hasher = Sha256::new();
    for (name, text) in &texts {
        hasher.update(
            name.as_ref()
                .map(|name| name.as_encoded_bytes())
                .unwrap_or_default(),
        );
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    let hash: String = hasher
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    (hash, texts.len())
}

/// The same server, another database.
fn with_database(url: &str, database: &str) -> String {
    let (address, query) = url
        .split_once('?')
        .map_or((url, None), |(address, query)| (address, Some(query)));
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let server = rest.split_once('/').map_or(rest, |(server, _)| server);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{server}/{database}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_another_database_of_the_same_server() {
        let cases = [
            ("postgres://u:p@h:1/postgres", "postgres://u:p@h:1/x"),
            ("postgres://u@h", "postgres://u@h/x"),
            (
                "postgresql://u@h/a?connect_timeout=3",
                "postgresql://u@h/x?connect_timeout=3",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(with_database(url, "x"), expected);
        }
    }

    #[tokio::test]
    async fn two_tests_do_not_see_each_other_and_leave_nothing() {
        let (one, two) = tokio::join!(TestDb::new(), TestDb::new());
        let client = connect(one.url()).await;
        execute(&client, "INSERT INTO organization (uuid, name) VALUES ('a', 'A')").await;
        let other = connect(two.url()).await;
        let row = other
            .query_one("SELECT count(*) FROM organization", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, i64>(0), 0);
        let name = one.name.clone();
        drop(one);
        let maintenance = connect(&maintenance_url()).await;
        let left = maintenance
            .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
            .await
            .unwrap();
        assert!(left.is_none());
    }
}
