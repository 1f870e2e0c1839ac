//! What vendors call: verified, stored, and answered only after the commit.

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    web::{self, Bytes, Data, PayloadConfig, ServiceConfig},
};
use bellwether_db::{DatabaseErrorKind, Error};

use crate::{
    app::App,
    delivery::{
        accounts,
        receive::{self, StoreError},
        vendor::{Account, EventKind, ReadEvent, Vendor, WebhookRequest},
    },
    extensions::vendors::{bandwidth, telnyx, twilio, vonage},
};

/// Largest webhook, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// An address that vendors call.
struct Endpoint {
    /// Before the organization's id.
    path: &'static str,
    /// The vendor's name.
    service: &'static str,
    /// What it is for.
    kind: EventKind,
}

/// Every address, as Spoke has them; each also with `/{organization_id}` behind.
const ENDPOINTS: [Endpoint; 8] = [
    Endpoint {
        path: "/fakeservice",
        service: "fakeservice",
        kind: EventKind::Message,
    },
    Endpoint {
        path: "/fakeservice-message-report",
        service: "fakeservice",
        kind: EventKind::Receipt,
    },
    Endpoint {
        path: "/twilio",
        service: twilio::NAME,
        kind: EventKind::Message,
    },
    Endpoint {
        path: "/twilio-message-report",
        service: twilio::NAME,
        kind: EventKind::Receipt,
    },
    // Telnyx and Bandwidth tell both at one address.
    Endpoint {
        path: "/telnyx",
        service: telnyx::NAME,
        kind: EventKind::Message,
    },
    Endpoint {
        path: "/bandwidth",
        service: bandwidth::NAME,
        kind: EventKind::Message,
    },
    Endpoint {
        path: "/nexmo",
        service: vonage::NAME,
        kind: EventKind::Message,
    },
    Endpoint {
        path: "/nexmo-message-report",
        service: vonage::NAME,
        kind: EventKind::Receipt,
    },
];

/// The addresses.
pub fn routes(config: &mut ServiceConfig) {
    for endpoint in &ENDPOINTS {
        for path in [
            endpoint.path.to_owned(),
            format!("{}/{{organization_id}}", endpoint.path),
        ] {
            let handle = move |app: Data<App>,
                               request: HttpRequest,
                               body: Result<Bytes, actix_web::Error>| async move {
                match body {
                    Ok(body) => take(&app, endpoint, &request, &body).await,
                    Err(error) => unreadable(endpoint, &error),
                }
            };
            let mut resource = web::resource(path)
                .app_data(PayloadConfig::new(MAX_BODY))
                .route(web::method(Method::POST).to(handle));
            // Vonage calls as its settings say.
            if endpoint.service == vonage::NAME {
                resource = resource.route(web::method(Method::GET).to(handle));
            }
            config.service(resource);
        }
    }
}

/// A body that is too long, or broke off.
fn unreadable(endpoint: &Endpoint, error: &actix_web::Error) -> HttpResponse {
    crate::metrics::OVERSIZED_WEBHOOKS.add_one();
    tracing::warn!(service = endpoint.service, %error, "a webhook cannot be read");
    error.error_response()
}

async fn take(app: &App, endpoint: &Endpoint, request: &HttpRequest, body: &[u8]) -> HttpResponse {
    let Some(vendor) = app.vendors.get(endpoint.service) else {
        return HttpResponse::NotFound().finish();
    };
    let organization_id = match request.match_info().get("organization_id").map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return HttpResponse::NotFound().finish(),
    };
    let account = match account(app, vendor.as_ref(), organization_id).await {
        Ok(account) => account,
        Err(error) => {
            tracing::error!(organization.id = organization_id, %error, "a webhook's account cannot be read");
            return unavailable();
        }
    };
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let webhook = WebhookRequest {
        kind: endpoint.kind,
        public_url: format!("{}{}", app.config.base_url, request.uri()),
        header: &header,
        body,
        now: app.now(),
    };
    // Strangers learn nothing of which organizations there are: the signature comes first.
    if let Err(error) = vendor.verify_webhook(
        account
            .as_ref()
            .unwrap_or(&accounts::of_instance(app, vendor.as_ref())),
        &webhook,
    ) {
        crate::metrics::FORGED_WEBHOOKS.add_one();
        tracing::warn!(organization.id = organization_id, service = endpoint.service, %error, "a webhook is not believed");
        return HttpResponse::Forbidden().finish();
    }
    if account.is_none() {
        return HttpResponse::NotFound().finish();
    }
    match vendor.read_webhook(&webhook) {
        Ok(events) => store(app, vendor.as_ref(), organization_id, &events).await,
        Err(error) => {
            crate::metrics::MALFORMED_WEBHOOKS.add_one();
            tracing::warn!(organization.id = organization_id, service = endpoint.service, %error, "a webhook makes no sense");
            HttpResponse::BadRequest().finish()
        }
    }
}

/// The account that a webhook's address names; none when there is no such organization.
async fn account(
    app: &App,
    vendor: &dyn Vendor,
    organization_id: Option<i64>,
) -> crate::error::OpResult<Option<Account>> {
    match organization_id {
        None => Ok(Some(accounts::of_instance(app, vendor))),
        Some(id) => accounts::of(app, vendor, id).await,
    }
}

async fn store(
    app: &App,
    vendor: &dyn Vendor,
    organization_id: Option<i64>,
    events: &[ReadEvent],
) -> HttpResponse {
    for ReadEvent { event, payload } in events {
        let stored = receive::store_event(
            &app.worker_pool,
            &app.events,
            vendor.name(),
            organization_id,
            event,
            payload,
        )
        .await;
        match stored {
            Ok(_) => {}
            Err(StoreError::Database(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _))) => {
                return HttpResponse::NotFound().finish();
            }
            Err(error) => {
                tracing::error!(organization.id = organization_id, kind = event.kind().as_str(), %error, "a webhook was not stored");
                return unavailable();
            }
        }
    }
    match vendor.webhook_answer() {
        None => HttpResponse::NoContent().finish(),
        Some((content_type, words)) => HttpResponse::Ok().content_type(content_type).body(words),
    }
}

/// The vendor is to try again.
fn unavailable() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header(("Retry-After", "1"))
        .finish()
}
