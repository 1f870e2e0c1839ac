//! The server of one test, on a port of its own.

use actix_web::HttpServer;
use bellwether_db::{Conn, PooledConn};
use bellwether_server::{
    app::{App, Clock},
    config::Config,
    delivery, graphql,
    http::client_files::ClientFiles,
    jobs, serve,
};
use bellwether_test_db::TestDb;
use chrono::{DateTime, TimeZone, Utc};

use super::Client;

/// Noon in New York on a Wednesday: everywhere in the mainland texting hours (9 to 21) are open.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 2, 17, 0, 0).unwrap()
}

/// The server of one test.
pub struct TestApp {
    pub app: App,
    pub address: String,
    handle: actix_web::dev::ServerHandle,
    // Dropped last: the database goes when nobody uses it.
    _db: TestDb,
}

impl TestApp {
    /// Starts a server on a fresh database at noon.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts one with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let db = TestDb::new().await;
        let mut config = Config::for_tests(db.url());
        change(&mut config);
        let mut app = serve::build_app(config).unwrap();
        app.clock = Clock::fixed(noon());
        serve::keep_in_step(&app).await.unwrap();
        let schema = graphql::schema(&app);
        let client = ClientFiles::default();
        let data = app.clone();
        let server = HttpServer::new(move || serve::web(&data, &schema, &client))
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
        let address = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            app,
            address,
            handle,
            _db: db,
        }
    }

    /// A connection to the test's database.
    pub async fn conn(&self) -> PooledConn {
        self.app.pool.get().await.unwrap()
    }

    /// Runs all waiting jobs.
    pub async fn run_jobs(&self) {
        jobs::run_until_idle(&self.app).await;
    }

    /// Sends what waits, lets the carrier report, and takes in what it told, until nothing is left to do.
    pub async fn deliver(&self) {
        for _ in 0..50 {
            let sent = delivery::dispatch::run_once(&self.app).await.unwrap();
            // The fake carrier tells by tasks of its own.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let received = delivery::apply::run_once(&self.app).await.unwrap();
            if sent == 0 && received == 0 {
                return;
            }
        }
        panic!("delivery does not come to rest");
    }

    /// A client that is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.address.clone(), None)
    }

    /// A client of an account.
    pub async fn client(&self, user_id: i64) -> Client {
        let mut conn = self.conn().await;
        let (key, _) = bellwether_server::account::session::start(&self.app, &mut conn, user_id, "test")
            .await
            .unwrap();
        Client::new(self.address.clone(), Some(key))
    }

    /// One number from SQL.
    pub async fn number(&self, sql: &str) -> i64 {
        number(&mut *self.conn().await, sql).await
    }

    /// One text from SQL, whose column is `hash`.
    pub async fn text(&self, sql: &str) -> String {
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            hash: String,
        }
        let row: Row = diesel::sql_query(sql)
            .get_result(&mut *self.conn().await)
            .await
            .unwrap();
        row.hash
    }

    /// Runs SQL.
    pub async fn execute(&self, sql: &str) {
        use diesel_async::SimpleAsyncConnection;
        self.conn().await.batch_execute(sql).await.unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let stopping = self.handle.stop(false);
        tokio::spawn(stopping);
    }
}

/// One number from SQL.
pub async fn number(conn: &mut Conn, sql: &str) -> i64 {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let row: Row = diesel::sql_query(format!("SELECT ({sql})::bigint AS n"))
        .get_result(conn)
        .await
        .unwrap();
    row.n
}
