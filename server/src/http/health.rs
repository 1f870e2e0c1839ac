//! `/healthz`: the process lives. `/readyz`: it can serve: PostgreSQL answers and has every migration. `/metrics`:
//! what the process counted, for who has the token.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::AUTHORIZATION,
    web::{self, Data, ServiceConfig},
};

use subtle::ConstantTimeEq;

use crate::app::App;

/// The routes of this edge.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route(
        "/healthz",
        web::get().to(|| async { HttpResponse::Ok().body("ok") }),
    )
    .route("/readyz", web::get().to(ready))
    .route("/metrics", web::get().to(metrics));
}

async fn ready(app: Data<App>) -> HttpResponse {
    let missing = async {
        Ok::<_, crate::error::OpError>(bellwether_db::pool::missing_migrations(&mut *app.db().await?).await?)
    };
    match missing.await {
        Ok(0) => HttpResponse::Ok().body("ready"),
        Ok(missing) => HttpResponse::ServiceUnavailable()
            .body(format!("{missing} migrations are missing: run `migrate`")),
        Err(error) => {
            tracing::warn!(cause = %error, "not ready");
            HttpResponse::ServiceUnavailable().body("the database does not answer")
        }
    }
}

async fn metrics(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let opens = match (&app.config.metrics_token, given) {
        (Some(token), Some(given)) => bool::from(token.expose().as_bytes().ct_eq(given)),
        _ => false,
    };
    if opens {
        HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(crate::metrics::text())
    } else {
        HttpResponse::NotFound().finish()
    }
}
