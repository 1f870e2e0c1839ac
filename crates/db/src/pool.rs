//! Connections and migrations.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

/// All migrations, inside the binary.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// How long a request waits for a connection before it is refused (R18).
pub const POOL_WAIT: Duration = Duration::from_secs(2);

/// A connection to PostgreSQL.
pub type Conn = AsyncPgConnection;
/// The pool of one process.
pub type Pool = deadpool::Pool<AsyncPgConnection>;
/// A connection lent by the pool.
pub type PooledConn = deadpool::Object<AsyncPgConnection>;

/// Opens a pool of at most `max_size` connections; none is made until one is asked for. A statement that takes
/// longer than `statement_timeout` is broken off by PostgreSQL (S03); without one it may take as long as it takes.
pub fn open(
    database_url: &str,
    max_size: usize,
    statement_timeout: Option<Duration>,
) -> Result<Pool, deadpool::BuildError> {
    // Not `Verified`, which is the default: it asks SELECT 1 before every use and doubles the statements of a send.
    // A connection that breaks is noticed by its driver and thrown away.
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(
        with_settings(database_url, statement_timeout),
        config,
    );
    deadpool::Pool::builder(manager)
        .max_size(max_size)
        .wait_timeout(Some(POOL_WAIT))
        .create_timeout(Some(Duration::from_secs(10)))
        .recycle_timeout(Some(Duration::from_secs(5)))
        .runtime(::deadpool::Runtime::Tokio1)
        .build()
}

/// Settings of every pooled connection. Plans are kept per connection and may be made while a table is still empty:
/// it would be read from end to end from then on, slower with every text. All we ask goes by key. A plan that cannot do
/// without reading a table whole is costed so high that it would be compiled, which takes longer than running it: so
/// nothing is compiled (measured: a third more texts a second through a sender).
const PLAN_SETTINGS: &str =
    "-c%20enable_seqscan%3Doff%20-c%20plan_cache_mode%3Dforce_generic_plan%20-c%20jit%3Doff";

/// The address with [`PLAN_SETTINGS`] and the timeout, unless it brings options of its own.
fn with_settings(database_url: &str, statement_timeout: Option<Duration>) -> String {
    if !database_url.contains("://") || database_url.contains("options=") {
        return database_url.to_owned();
    }
    let separator = if database_url.contains('?') { '&' } else { '?' };
    let timeout = statement_timeout.map_or(0, |timeout| timeout.as_millis());
    format!("{database_url}{separator}options={PLAN_SETTINGS}%20-c%20statement_timeout%3D{timeout}")
}

/// Brings the database to the newest version. Blocks: call it from `spawn_blocking` (the harness panics on an
/// actix worker). Returns how many migrations ran.
pub fn migrate(connection: AsyncPgConnection) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let mut harness = AsyncMigrationHarness::new(connection);
    Ok(harness.run_pending_migrations(MIGRATIONS)?.len())
}

/// Takes all migrations back and runs them again, for the test of `down.sql`. Destroys all data.
pub fn redo_all(connection: AsyncPgConnection) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let mut harness = AsyncMigrationHarness::new(connection);
    harness.revert_all_migrations(MIGRATIONS)?;
    Ok(harness.run_pending_migrations(MIGRATIONS)?.len())
}

/// How many migrations the database lacks.
pub fn pending(connection: AsyncPgConnection) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let mut harness = AsyncMigrationHarness::new(connection);
    Ok(harness.pending_migrations(MIGRATIONS)?.len())
}

/// One connection outside any pool, for migrations and LISTEN.
pub async fn connect(database_url: &str) -> ConnectionResult<AsyncPgConnection> {
    use diesel_async::AsyncConnection;
    AsyncPgConnection::establish(database_url)
        .await
        .map_err(|error| ConnectionError::BadConnection(error.to_string()))
}

/// How many migrations of this binary the database lacks, by one statement.
pub async fn missing_migrations(conn: &mut Conn) -> diesel::QueryResult<usize> {
    use diesel::{QueryableByName, migration::MigrationSource, pg::Pg, sql_types::Text};
    use diesel_async::RunQueryDsl;

    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(|error| diesel::result::Error::QueryBuilderError(error.to_string().into()))?;
    let rows: Vec<Row> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations")
        .load(conn)
        .await
        .unwrap_or_default();
    // Asked again, so that a database that is away is an error and one without the table is only empty.
    diesel::sql_query("SELECT 1").execute(conn).await?;
    Ok(known
        .iter()
        .filter(|m| {
            !rows
                .iter()
                .any(|row| row.version == m.name().version().to_string())
        })
        .count())
}
