//! `/healthz`: the process lives. `/readyz`: it can serve: PostgreSQL answers and has every migration.

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};

use crate::app::App;

/// The routes of this edge.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route(
        "/healthz",
        web::get().to(|| async { HttpResponse::Ok().body("ok") }),
    )
    .route("/readyz", web::get().to(ready));
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
