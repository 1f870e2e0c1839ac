//! Starting and stopping: the API, the workers, or both in one process.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix_web::{
    App as Web, HttpResponse, HttpServer,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{Data, ServiceConfig},
};
use bellwether_db::{instance_setting::InstanceSetting, pool};
use bellwether_domain::error_codes::ErrorCode;
use futures_util::FutureExt;
use serde_json::json;
use tokio::sync::watch;

use crate::{
    app::{App, Clock},
    config::Config,
    delivery::vendor::Vendors,
    events::Events,
    graphql::BellwetherSchema,
    http::{self, client_files::ClientFiles},
    jobs,
};

/// Reading the head of a request may take this long (S60).
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// What workers may take to give back their leases once their work was cut off.
const RELEASE_TIME: Duration = Duration::from_secs(2);

/// What may go wrong while starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A pool could not be made.
    #[error("the database pool could not be made: {0}")]
    Pool(String),
    /// PostgreSQL does not answer, or a migration failed.
    #[error("the database at DATABASE_URL does not answer: {0}")]
    Database(String),
    /// The database is older than the binary.
    #[error("{0} migrations are missing: run `bellwether migrate` first")]
    Migrations(usize),
    /// The port is taken, or the like.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// What was tried.
        address: String,
        /// What came of it.
        cause: std::io::Error,
    },
    /// The server ended by itself.
    #[error("the server ended: {0}")]
    Ended(#[from] std::io::Error),
}

/// Builds the app from its settings.
pub fn build_app(config: Config) -> Result<App, StartError> {
    let open = |size, timeout| {
        pool::open(config.database_url.expose(), size, timeout)
            .map_err(|error| StartError::Pool(error.to_string()))
    };
    let pool = open(config.db_max_pool, Some(config.db_statement_timeout))?;
    let worker_pool = open(config.db_worker_pool, None)?;
    let events = Events::default();
    let vendors = Vendors::for_app(&config, &worker_pool, &events);
    Ok(App {
        config: Arc::new(config),
        pool,
        worker_pool,
        clock: Clock::default(),
        vendors,
        events,
        sessions: Default::default(),
        rate_limits: Default::default(),
        accounts: Default::default(),
        persisted_queries: Default::default(),
    })
}

/// Every route of the server; tests mount the same.
pub fn routes(cfg: &mut ServiceConfig) {
    http::health::routes(cfg);
    http::graphql::routes(cfg);
    http::sign_in::routes(cfg);
    http::uploads::routes(cfg);
    http::downloads::routes(cfg);
    http::webhooks::routes(cfg);
    http::client_files::routes(cfg);
}

/// Brings the database up to date; returns how many migrations ran.
pub async fn migrate(config: &Config) -> Result<usize, StartError> {
    let told = |error: &dyn std::fmt::Display| StartError::Database(error.to_string());
    let connection = pool::connect(config.database_url.expose())
        .await
        .map_err(|error| told(&error))?;
    tokio::task::spawn_blocking(move || pool::migrate(connection))
        .await
        .map_err(|error| told(&error))?
        .map_err(|error| told(&error))
}

/// Serves the API, with workers inside unless told otherwise, until SIGTERM or Ctrl-C.
pub async fn serve(config: Config, with_worker: bool) -> Result<(), StartError> {
    let app = build_app(config)?;
    check_database(&app).await?;
    keep_in_step(&app).await?;
    let (stop, stopping) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(crate::events::listener::run(
        app.clone(),
        stopping.clone(),
    ))];
    tasks.push(tokio::spawn(crate::rate_limit::run(
        app.clone(),
        stopping.clone(),
    )));
    if with_worker {
        tasks.extend(start_workers(&app, &stopping));
    }
    let schema = crate::graphql::schema(&app);
    let client = ClientFiles::read(&app.config.client_dist);
    let address = format!("{}:{}", app.config.host, app.config.port);
    let data = app.clone();
    let mut server = HttpServer::new(move || web(&data, &schema, &client))
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .shutdown_timeout(app.config.shutdown_seconds)
        .disable_signals();
    if let Some(workers) = app.config.http_workers {
        server = server.workers(workers);
    }
    let server = server
        .bind(&address)
        .map_err(|cause| StartError::Listen {
            address: address.clone(),
            cause,
        })?
        .run();
    let handle = server.handle();
    tracing::info!(address, worker = with_worker, "serving");
    let running = tokio::spawn(server);
    stop_signal().await;
    tracing::info!("stopping: no new requests, finishing what is in flight");
    let _ = stop.send(true);
    handle.stop(true).await;
    finish(tasks, app.config.shutdown_seconds).await;
    running.await.unwrap_or(Ok(()))?;
    tracing::info!("stopped");
    Ok(())
}

/// Runs workers alone, until SIGTERM or Ctrl-C.
pub async fn work(config: Config) -> Result<(), StartError> {
    let app = build_app(config)?;
    check_database(&app).await?;
    keep_in_step(&app).await?;
    let (stop, stopping) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(crate::events::listener::run(
        app.clone(),
        stopping.clone(),
    ))];
    tasks.extend(start_workers(&app, &stopping));
    tracing::info!("working");
    stop_signal().await;
    let _ = stop.send(true);
    finish(tasks, app.config.shutdown_seconds).await;
    tracing::info!("stopped");
    Ok(())
}

/// The actix application; tests build it too.
pub fn web(
    app: &App,
    schema: &BellwetherSchema,
    client: &ClientFiles,
) -> Web<
    impl actix_web::dev::ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    Web::new()
        .app_data(Data::new(app.clone()))
        .app_data(Data::new(schema.clone()))
        .app_data(Data::new(client.clone()))
        .wrap(from_fn(catch_panics))
        .configure(routes)
}

/// A panic while a request is served is a 500 with an id that is in the log too, and nothing else ends.
async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // The request itself must not be cloned here: routing needs it for itself alone.
    let path = request.path().to_owned();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(response) => Ok(response?.map_into_boxed_body()),
        Err(panic) => {
            crate::metrics::REQUEST_PANICS.add_one();
            let id = uuid::Uuid::new_v4().simple().to_string();
            tracing::error!(request.id = %id, http.path = %path, panic = panic_text(&*panic), "a request panicked");
            let body = json!({
                "code": ErrorCode::Internal.as_str(), "message": ErrorCode::Internal.message(), "requestId": id,
            });
            let response = HttpResponse::InternalServerError().json(body);
            Err(actix_web::error::InternalError::from_response("a request panicked", response).into())
        }
    }
}

/// What a panic said, for the log.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

fn start_workers(app: &App, stopping: &watch::Receiver<bool>) -> Vec<tokio::task::JoinHandle<()>> {
    vec![
        tokio::spawn(crate::delivery::dispatch::run(app.clone(), stopping.clone())),
        tokio::spawn(crate::delivery::settle::run(app.clone(), stopping.clone())),
        tokio::spawn(crate::delivery::sweep::run(app.clone(), stopping.clone())),
        tokio::spawn(crate::delivery::apply::run(app.clone(), stopping.clone())),
        tokio::spawn(crate::sending::alerts::run(app.clone(), stopping.clone())),
        tokio::spawn(jobs::run_worker(app.clone(), stopping.clone())),
    ]
}

async fn check_database(app: &App) -> Result<(), StartError> {
    let told = |error: &dyn std::fmt::Display| StartError::Database(error.to_string());
    let mut conn = app.db().await.map_err(|error| told(&error))?;
    match pool::missing_migrations(&mut conn)
        .await
        .map_err(|error| told(&error))?
    {
        0 => Ok(()),
        missing => Err(StartError::Migrations(missing)),
    }
}

/// Hands the settings that SQL must see over to the database: `serve`, `work` and tests do so first of all. Not bounded
/// by the time-out of requests: when opt-outs begin to be shared, contacts are marked.
pub async fn keep_in_step(app: &App) -> Result<(), StartError> {
    let told = |error: &dyn std::fmt::Display| StartError::Database(error.to_string());
    let mut conn = app.worker_db().await.map_err(|error| told(&error))?;
    let setting = InstanceSetting {
        opt_outs_shared: app.config.opt_outs_share_all_orgs,
        answers_stop: app.config.send_auto_opt_out_response,
        opt_out_message: &app.config.opt_out_message,
        opt_out_per_state: app.config.opt_out_per_state,
    };
    bellwether_db::instance_setting::keep_in_step(&mut conn, &setting)
        .await
        .map_err(|error| told(&error))?;
    Ok(())
}

async fn stop_signal() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::error!(cause = %error, "cannot listen for SIGTERM");
            return;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Waits for background tasks; what is not finished in time is left to its lease.
async fn finish(tasks: Vec<tokio::task::JoinHandle<()>>, seconds: u64) {
    let all = futures_util::future::join_all(tasks);
    // A little longer than the work itself may take: leases are given back after it.
    if tokio::time::timeout(Duration::from_secs(seconds) + RELEASE_TIME, all)
        .await
        .is_err()
    {
        tracing::warn!(seconds, "background work was cut off; its leases will run out");
    }
}
