//! `POST /uploads/contacts?campaignId=ID`: takes a contact file into the database while it arrives, and answers with
//! its header, some rows and a guess which column is what.

use std::io::Cursor;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, ServiceConfig},
};
use bellwether_db::stored_file::{self, CHUNK_BYTES, NewStoredFile};
use bellwether_domain::{contact_csv::suggest_mapping, error_codes::ErrorCode};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use tracing::error;

use crate::{
    app::App,
    campaign::import_contacts::table::Table,
    error::{OpError, OpResult},
    permissions::Permission,
};

/// Rows shown of a file.
const SAMPLE_ROWS: usize = 5;

/// The routes of this file.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/uploads/contacts", web::post().to(upload_contacts));
    super::opt_out_uploads::routes(cfg);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    campaign_id: i64,
}

async fn upload_contacts(
    request: HttpRequest,
    app: web::Data<App>,
    query: Result<web::Query<Query>, actix_web::Error>,
    body: web::Payload,
) -> HttpResponse {
    // Other sites cannot set this header without being asked, and we never allow it: the guard against forged forms.
    if !request.headers().contains_key("X-Requested-With") {
        return refusal(&OpError::refused_because(
            ErrorCode::Forbidden,
            "The header X-Requested-With is missing.",
        ));
    }
    let Ok(query) = query else {
        return refusal(&OpError::bad_input("campaignId: missing or not a number"));
    };
    let too_large = || {
        let mebibytes = app.config.max_upload_bytes / (1024 * 1024);
        answer(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::BadUserInput,
            &format!("The file is larger than {mebibytes} MiB. Please split it."),
        )
    };
    let length = request.headers().get(actix_web::http::header::CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > app.config.max_upload_bytes) {
        return too_large();
    }
    match Box::pin(take(&request, &app, query.campaign_id, body)).await {
        Ok(Some(file)) => HttpResponse::Ok().json(file),
        Ok(None) => too_large(),
        Err(error) => refusal(&error),
    }
}

/// None: the file is too large.
async fn take(
    request: &HttpRequest,
    app: &App,
    campaign_id: i64,
    body: web::Payload,
) -> OpResult<Option<serde_json::Value>> {
    let requester = crate::requester::from_request(request, app).await?;
    let organization_id =
        bellwether_db::campaign::organization_id(&mut *app.db().await?, campaign_id).await?;
    let organization_id = organization_id.ok_or_else(OpError::not_found)?;
    requester.permit(Permission::UploadContacts, organization_id)?;
    let new = NewStoredFile {
        organization_id,
        campaign_id,
        user_id: Some(requester.user_id),
        purpose: "contacts",
        name: "contacts.csv",
    };
    let file = new.insert(&mut *app.db().await?).await?;
    let stored = match store(app, file.id, body).await {
        Ok(Some(start)) => described(file.id, start).map(Some),
        other => other.map(|_| None),
    };
    if !matches!(stored, Ok(Some(_))) {
        stored_file::delete(&mut *app.db().await?, file.id).await?;
    }
    stored
}

/// Stores the body and returns its beginning. A connection is held for each piece only, not while the next is waited
/// for: slow senders keep nobody else waiting.
pub(super) async fn store(app: &App, file_id: i64, mut body: web::Payload) -> OpResult<Option<Vec<u8>>> {
    let mut piece: Vec<u8> = Vec::with_capacity(CHUNK_BYTES);
    let mut start = None;
    let mut size = 0_usize;
    let mut position = 0;
    loop {
        let bytes = body.next().await.transpose();
        let bytes = bytes
            .map_err(|_error| OpError::bad_input("The file did not arrive completely. Please try again."))?;
        let is_end = bytes.is_none();
        let bytes = bytes.unwrap_or_default();
        size = size.saturating_add(bytes.len());
        if size > app.config.max_upload_bytes {
            return Ok(None);
        }
        let mut rest: &[u8] = &bytes;
        while piece.len() + rest.len() >= CHUNK_BYTES || (is_end && !piece.is_empty()) {
            let (head, tail) = rest.split_at(rest.len().min(CHUNK_BYTES - piece.len()));
            piece.extend_from_slice(head);
            rest = tail;
            let full = std::mem::replace(&mut piece, Vec::with_capacity(CHUNK_BYTES));
            stored_file::append(&mut *app.db().await?, file_id, position, &full).await?;
            position += 1;
            start.get_or_insert(full);
        }
        piece.extend_from_slice(rest);
        if is_end {
            stored_file::complete(&mut *app.db().await?, file_id).await?;
            return Ok(Some(start.unwrap_or_default()));
        }
    }
}

/// What the beginning of a file tells of it.
fn described(file_id: i64, start: Vec<u8>) -> OpResult<serde_json::Value> {
    if start.is_empty() {
        return Err(OpError::bad_input("The file is empty."));
    }
    let is_cut = start.len() >= CHUNK_BYTES;
    let unreadable =
        |error: std::io::Error| OpError::bad_input(format!("The file could not be read: {error}."));
    let mut table = Table::open(Cursor::new(start)).map_err(unreadable)?;
    let headers = table.next_row().map_err(unreadable)?;
    let headers = headers
        .ok_or_else(|| OpError::bad_input("The file has no header row."))?
        .values;
    let mut sample = Vec::new();
    while sample.len() <= SAMPLE_ROWS
        && let Some(row) = table.next_row().map_err(unreadable)?
    {
        sample.push(row.values);
    }
    if is_cut && sample.len() <= SAMPLE_ROWS {
        // The last row may go on in the next piece.
        sample.pop();
    }
    sample.truncate(SAMPLE_ROWS);
    let mapping = suggest_mapping(&headers);
    Ok(
        json!({ "uploadId": file_id.to_string(), "headers": headers, "sample": sample, "suggestedMapping": mapping }),
    )
}

/// An error as the HTTP edges of files answer it.
pub(super) fn refusal(error: &OpError) -> HttpResponse {
    match error {
        OpError::Refused { code, message } => {
            let status = match code {
                ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
                ErrorCode::Forbidden => StatusCode::FORBIDDEN,
                ErrorCode::NotFound => StatusCode::NOT_FOUND,
                ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
                ErrorCode::Conflict => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            };
            answer(status, *code, message)
        }
        OpError::Unexpected(cause) => {
            let error_id = uuid::Uuid::new_v4();
            error!(%error_id, cause, "request failed");
            let message = format!("{} (error {error_id})", ErrorCode::Internal.message());
            answer(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, &message)
        }
    }
}

pub(super) fn answer(status: StatusCode, code: ErrorCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "code": code, "message": message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_a_file() {
        let told = described(
            12,
            b"First Name,last,Phone,Event\nAnn,Lee,2125550123,Sat\n".to_vec(),
        )
        .unwrap();
        assert_eq!(told["uploadId"], "12");
        assert_eq!(told["headers"], json!(["First Name", "last", "Phone", "Event"]));
        assert_eq!(told["sample"], json!([["Ann", "Lee", "2125550123", "Sat"]]));
        assert_eq!(told["suggestedMapping"]["cell"], "Phone");
    }

    #[test]
    fn refuses_what_is_no_file() {
        for bytes in ["", "\n\n", "\u{feff}"] {
            assert!(described(1, bytes.as_bytes().to_vec()).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn shows_five_rows_and_no_half_ones() {
        let many = described(1, b"a\n1\n2\n3\n4\n5\n6\n7\n".to_vec()).unwrap();
        assert_eq!(many["sample"].as_array().unwrap().len(), 5);
        let mut cut = b"a\n1\n".to_vec();
        cut.resize(CHUNK_BYTES, b'x');
        assert_eq!(described(1, cut).unwrap()["sample"], json!([["1"]]));
    }
}
