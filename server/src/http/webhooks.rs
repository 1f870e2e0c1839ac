//! What vendors call: verified, stored, and answered only after the commit.
//!
//! The built-in carrier's webhooks are signed with a key derived from `SESSION_SECRET`: for load generators and tests,
//! since it stores its own events without HTTP.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data, PayloadConfig, ServiceConfig},
};
use bellwether_db::{DatabaseErrorKind, Error};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{
    app::App,
    delivery::{
        receive::{self, StoreError},
        vendor::EventKind,
    },
    extensions::vendors::fakeservice,
};

/// Largest webhook, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// Holds [`signature`].
pub const SIGNATURE_HEADER: &str = "X-Fakeservice-Signature";
/// Separates this key from others that come from the same secret.
const KEY_PURPOSE: &[u8] = b"bellwether fakeservice webhook 1";

/// The addresses.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/fakeservice/{organization_id}")
                .app_data(PayloadConfig::new(MAX_BODY))
                .route(web::post().to(message)),
        )
        .service(
            web::resource("/fakeservice-message-report/{organization_id}")
                .app_data(PayloadConfig::new(MAX_BODY))
                .route(web::post().to(report)),
        );
}

/// The signature of a body: HMAC-SHA256 in lower-case hex.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = authenticate(secret.as_bytes(), KEY_PURPOSE);
    authenticate(&key, body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn authenticate(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; the error that the type allows cannot come.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn is_signed(secret: &str, body: &[u8], given: &[u8]) -> bool {
    signature(secret, body).as_bytes().ct_eq(given).into()
}

async fn message(
    app: Data<App>,
    organization_id: web::Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    take(&app, EventKind::Message, *organization_id, &request, &body).await
}

async fn report(
    app: Data<App>,
    organization_id: web::Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    take(&app, EventKind::Receipt, *organization_id, &request, &body).await
}

async fn take(
    app: &App,
    kind: EventKind,
    organization_id: i64,
    request: &HttpRequest,
    body: &[u8],
) -> HttpResponse {
    let given = request
        .headers()
        .get(SIGNATURE_HEADER)
        .map_or(&[][..], |value| value.as_bytes());
    if !is_signed(app.config.session_secret.expose(), body, given) {
        crate::metrics::FORGED_WEBHOOKS.add_one();
        tracing::warn!(
            organization.id = organization_id,
            service = fakeservice::NAME,
            "a webhook's signature is wrong"
        );
        return HttpResponse::Forbidden().finish();
    }
    let Some(payload) = serde_json::from_slice(body).ok().map(receive::without_nul) else {
        return malformed(organization_id, "not JSON");
    };
    let Some(vendor) = app.vendors.get(fakeservice::NAME) else {
        return HttpResponse::NotFound().finish();
    };
    let event = match vendor.parse_webhook(kind, &payload) {
        Ok(event) => event,
        Err(error) => return malformed(organization_id, &error.to_string()),
    };
    let stored = receive::store_event(
        &app.worker_pool,
        &app.events,
        fakeservice::NAME,
        Some(organization_id),
        &event,
        &payload,
    )
    .await;
    match stored {
        Ok(_) => HttpResponse::NoContent().finish(),
        Err(StoreError::Database(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _))) => {
            HttpResponse::NotFound().finish()
        }
        Err(error) => {
            tracing::error!(organization.id = organization_id, kind = kind.as_str(), %error, "a webhook was not stored");
            HttpResponse::ServiceUnavailable()
                .insert_header(("Retry-After", "1"))
                .finish()
        }
    }
}

fn malformed(organization_id: i64, reason: &str) -> HttpResponse {
    crate::metrics::MALFORMED_WEBHOOKS.add_one();
    tracing::warn!(
        organization.id = organization_id,
        service = fakeservice::NAME,
        reason,
        "a webhook makes no sense"
    );
    HttpResponse::BadRequest().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test-secret-test-secret-test-secret";

    #[test]
    fn a_signature_fits_one_body_and_one_secret() {
        let signed = signature(SECRET, b"{}");
        assert_eq!(signed.len(), 64);
        assert!(is_signed(SECRET, b"{}", signed.as_bytes()));
        for (secret, body, given) in [
            (SECRET, &b"{ }"[..], signed.as_str()),
            ("another-secret-another-secret-12345", b"{}", &signed),
            (SECRET, b"{}", ""),
            (SECRET, b"{}", signed.get(..63).unwrap()),
            (SECRET, b"{}", &signed.to_uppercase()),
        ] {
            assert!(!is_signed(secret, body, given.as_bytes()));
        }
    }
}
